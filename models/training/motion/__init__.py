"""Training of the starter motion model: data, procedural generator, model, evaluation."""
