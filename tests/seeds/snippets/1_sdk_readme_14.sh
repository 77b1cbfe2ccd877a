make dist
python maint_tools/build_default_image.py
