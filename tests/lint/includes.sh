#!/usr/bin/env bash
# includes.sh [ROOT]: includes run one way. A plugin, an example and the template may include system headers, the SDK
# (<sojourn/...>), headers made from declarations ("resources/phone.h") and headers of their own folder: nothing of host/, and
# nothing of another plugin. The SDK's headers include each other and system headers. Prints what does otherwise; exit 1.
set -uo pipefail
cd "${1:-$(dirname "$0")/../..}"

found=$({
  for directory in plugins/*/ examples/plugins/*/ sdk/template/ sdk/include/; do
    [ -d "$directory" ] && grep -rnE '^ *# *include' "$directory" --include='*.[ch]' --include='*.cpp' | sed "s|^|$directory |"
  done
} | perl -ne '
  # owned(DIRECTORY, HEADER): a file of this folder, or made from a declaration of the tree or of this folder.
  sub owned {
    my ($directory, $header) = @_;
    my $declaration = $header =~ s/\.h$//r . ".lua";
    return -e "$directory$header" || -e "schemas/$declaration" || -e "$directory$declaration" ||
      -e "${directory}schemas/$declaration" || $header =~ /_schema\.h$/ || $header eq "schema_index.h";
  }
  next unless m{^(\S+) ([^:]+):(\d+): *# *include *([<"])([^>"]*)};
  my ($directory, $file, $line, $quote, $header) = ($1, $2, $3, $4, $5);
  my $beside = -e ($file =~ s|/[^/]*$||r) . "/$header";
  if ($directory eq "sdk/include/") {
    print "$file:$line: \"$header\" is no header of the SDK\n" if $quote eq "\"" && !$beside;
  } elsif ($quote eq "<") {
    if ($header =~ m{^sojourn/}) {
      print "$file:$line: <$header> is no header of the SDK\n" if !-e "sdk/include/$header";
    } elsif ($header =~ m{^host/|\.\.}) {
      print "$file:$line: $header is not for plugins\n";
    }
  } elsif ($header =~ m{^host/|\.\./|^plugins/}) {
    print "$file:$line: \"$header\" is not for plugins\n";
  } elsif (!owned($directory, $header) && !$beside) {
    print "$file:$line: \"$header\" is neither of this plugin nor made from a declaration\n";
  }')
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
