"""`make diff`, `make deploy`, `make destroy`: one environment, looked at before anything is changed.

preflight    what must be there first; every lack at once, each with its mend
uploading    packages into their bucket, under the digest of their content
commands     what the CDK's command line is told
outputs      what AWS generated and the next deployment must know
"""
