"""Learned models: features without values, training, evaluation, versions. Pure; prediction needs numpy alone."""
