"""Messages that come in while data changes → what there is to do. Pure: nothing is asked, read or written here."""
