"""Renders the training set, trains, evaluates and exports the starter image model."""
