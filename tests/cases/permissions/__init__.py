"""What each command does with AWS, so that all it declares is called: a module a command, `aws_tag.py` for `aws tag`.

A module has one function:

    def scenario(stage: Stage) -> None:
        client = stage.aws.client("s3")          # what is prepared and looked at with these clients is not counted
        client.create_bucket(...)
        assert stage.assay("scan", "s3://orders") == 0

`Stage` is in `tests/proving.py`. The calls of all its command lines together have to be exactly those declared: a case that only
an option or a failure brings about (`--versions`, a bucket of another region) is a command line of its own, with `stage.aws.strict`
injecting what it takes.
"""
