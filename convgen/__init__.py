"""Image generation with convolutional neural networks: the model layer of the app."""
