# DON'T do this - counter won't persist
counter = 0

@env.task
def increment():
    global counter
    counter += 1  # Always starts at 0
