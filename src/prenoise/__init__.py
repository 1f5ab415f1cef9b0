"""Let a neural network practise on random noise before it sees any data."""
