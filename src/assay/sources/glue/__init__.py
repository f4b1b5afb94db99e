"""Tables of the Glue data catalog, read from the objects that they are of, with the columns that the catalog has."""
