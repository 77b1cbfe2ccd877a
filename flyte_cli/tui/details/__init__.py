"""What there is to know of a place: pure builders of lines, and the tabs that show them."""
