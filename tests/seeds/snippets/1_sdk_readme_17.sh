uv pip install --find-links ./rs_controller/dist --no-index --force-reinstall flyte_controller_base
