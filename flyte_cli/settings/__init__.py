"""The files that hold settings: config files and the project file, read and edited."""
