# Completion of mpt for bash.

_mpt_complete() {
    local IFS=$'\013' LC_ALL=C
    local line=${COMP_LINE:0:COMP_POINT} words=() kept='' i word joins
    # bash splits words at = and : but mpt does not.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        joins=false
        if [[ $i -gt 0 && $line != [[:blank:]]* ]]; then
            joins=true
        fi
        line=${line#"${line%%[![:blank:]]*}"}
        word=${COMP_WORDS[i]}
        if [[ $i -eq $COMP_CWORD ]]; then
            word=$line
        fi
        line=${line#"$word"}
        if [[ $joins == true ]]; then
            kept=${words[${#words[@]} - 1]}
            words[${#words[@]} - 1]=$kept$word
        else
            kept=''
            words+=("$word")
        fi
    done
    # What stands before the part that bash completes is not repeated.
    if [[ $word == [=:]* ]]; then
        kept=$kept${word%"${word##*[=:]}"}
    fi
    # Read without expanding any pattern.
    IFS=$'\013' read -r -d '' -a COMPREPLY < <(
        _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$((${#words[@]} - 1)) _CLAP_COMPLETE_COMP_TYPE=$COMP_TYPE \
            _CLAP_COMPLETE_SPACE=false MPT_COMPLETE=bash MPT_COMPLETE_FILES=no mpt -- "${words[@]}"
    )
    # Names of files are left to bash.
    if [[ ${COMPREPLY[0]} == *$'\001' ]]; then
        COMPREPLY=()
        return
    fi
    # What is offered becomes a part of the command line: bash must read it as one word.
    for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
        if [[ ${COMPREPLY[i]} == *[[:space:]\"\'\\\$\`\;\|\&\<\>\(\)\*\?\[\]\#\~\!\{\}]* ]]; then
            COMPREPLY[i]=$(unset LC_ALL && printf '%q' "${COMPREPLY[i]}")
        fi
    done
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} != *[=/:] ]]; then
        COMPREPLY[0]="${COMPREPLY[0]} "
    fi
    for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
        COMPREPLY[i]=${COMPREPLY[i]#"$kept"}
    done
}

# Names of files are left to bash, which quotes them.
complete -o nospace -o bashdefault -o default -F _mpt_complete mpt
