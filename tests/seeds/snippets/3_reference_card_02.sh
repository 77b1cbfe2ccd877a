flyte create config \
    --endpoint my-org.company.com \
    --project my-project \
    --domain development \
    --builder remote  # Use 'local' for OSS Flyte
