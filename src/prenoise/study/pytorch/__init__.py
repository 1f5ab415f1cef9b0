"""Small networks of the kinds that people use, in PyTorch, and what they learn. Nothing else of the study needs it."""
