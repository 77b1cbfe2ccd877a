flyte create secret MY_API_KEY
# Enter value when prompted
