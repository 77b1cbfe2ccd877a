import flyte
flyte.init_from_config()  # Reads from config file
# or
flyte.init(endpoint="dns:///my-org.company.com", project="my-project", domain="development")
