def env: {};
def halt: error("halt is not supported");
def halt_error: error;
def halt_error(code): error;
def _cell(string): if type == "string" then string elif . == null then "" elif type == "boolean" or type == "number" then tojson else error("only strings, numbers, booleans and null can be in a row") end;
def _replace(from; to): split(from) | join(to);
def @csv: [.[] | _cell("\"" + _replace("\""; "\"\"") + "\"")] | join(",");
def @tsv: [.[] | _cell(_replace("\\"; "\\\\") | _replace("\t"; "\\t") | _replace("\n"; "\\n") | _replace("\r"; "\\r"))] | join("\t");
def @sh: [if type == "array" then .[] else . end | if type == "string" then "'" + _replace("'"; "'\\''") + "'" elif type == "array" or type == "object" then error("only strings, numbers, booleans and null can be quoted") else tojson end] | join(" ");
