
set edit:completion:arg-completer[mpt] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) MPT_COMPLETE="elvish" mpt -- $@words) | to-lines
}

