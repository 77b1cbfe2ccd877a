from flyte.io import File, Dir

@env.task
def process_file(input_file: File) -> File:
    # input_file.path gives local path after download
    output = File(path="/tmp/output.csv")
    # Write to output.path, return File object
    return output

@env.task
def process_dir(input_dir: Dir) -> Dir:
    # Similar pattern for directories
    return Dir(path="/tmp/output_dir")
