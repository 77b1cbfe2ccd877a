"""What people see: one class per format."""
