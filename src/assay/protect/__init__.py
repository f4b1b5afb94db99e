"""What has to be changed so that a resource is as its classification asks: desired minus observed. It changes nothing."""
