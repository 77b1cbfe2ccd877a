"""What actions printed, however much it is: read where it is looked at."""
