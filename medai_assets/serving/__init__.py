"""What is done with a trained model: load it, generate, merge it for any server, serve it on loopback."""
