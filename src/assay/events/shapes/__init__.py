"""One module for each shape in which AWS tells of a change."""
