complete --keep-order --exclusive --command mpt --arguments "(MPT_COMPLETE=fish mpt -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
