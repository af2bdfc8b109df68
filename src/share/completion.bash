
_udpdisc()
{
	local cur=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]} line word own names= value=
	local IFS=$' \t\n'

	[[ $cur = '=' ]] && cur=
	[[ $last = '=' ]] && last=${COMP_WORDS[COMP_CWORD-2]}
	[[ $COMP_CWORD = 1 ]] && command=
	while read -ra line; do
		own=
		for word in "${line[@]%,}"; do
			if [[ $word = -* ]]; then
				names+=" $word"
				[[ $word = "$last" ]] && own=1
			elif [[ $own ]]; then
				value+=" $word"
			fi
		done
	done <<<"${command:+${_udpdisc_options[$command]-}}"
	case $cur,$command in
	-*,) names='-h --help -V --version' ;;
	-*) ;;
	*,) names=${!_udpdisc_options[*]} ;;
	*,help) names="${!_udpdisc_options[*]} unit services cron firewall" ;;
	*,completion) names=bash ;;
	esac
	case $value in
	*' FILE' | *' PATH')
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	*' LIST') names=$("${COMP_WORDS[0]}" ifaces 2>&- | cut -f1) ;;
	*' TARGET') names=$(compgen -A hostname) ;;
	*' USER'*) names=$(compgen -u) ;;
	*' '[a-z]*) names=${value# * } ;;
	?*) names= ;;
	esac
	# Not by compgen -W, which would run what stands in a name.
	word=${cur##*,}
	COMPREPLY=()
	read -rd '' -a line <<<"$names"
	for own in "${line[@]}"; do
		[[ $own = "$word"* ]] &&
			COMPREPLY+=("${cur%"$word"}$(printf %q "$own")")
	done
}
complete -F _udpdisc udpdisc
