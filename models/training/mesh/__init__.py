"""Training of the starter model of text-to-3D: data, autoencoder, flow model, export."""
