image = (
    flyte.Image.from_debian_base()
    .with_pip_packages("pandas", "numpy", "scikit-learn")
    .with_apt_packages("libgomp1")
    .with_env({"MY_VAR": "value"})
)
