"""What the runs said, drawn and put on one page."""
