image = flyte.Image.from_ref_name("my-registry.com/my-image:latest")
