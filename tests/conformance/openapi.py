# What openapi.sh asks: openapi.py document|use|paths|answers|events|bodies SPECIFICATION EXCHANGES. Prints what is wrong, exits 1 then.
import json
import re
import sys

import jsonschema

what, specification, exchanges_file = sys.argv[1:]
lines = [json.loads(line) for line in open(exchanges_file, encoding="utf-8")]
exchanges = [line for line in lines if "event" not in line]
events = [json.loads(line["event"]) for line in lines if "event" in line]
document = json.loads(next(e["answer"] for e in exchanges if e["path"] == "/openapi.json"))
METHODS = ("get", "put", "post", "delete", "patch")
problems = []


def wrong(text):
    if len(problems) < 40:
        problems.append(text)


def operations():
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item, item[method]


def resolved(node):
    while "$ref" in node:
        target = document
        for part in node["$ref"][2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


# A schema of OpenAPI 3.0 as one of JSON Schema: null as a type, and in answers no member that is not described.
def translated(node, strict):
    if isinstance(node, list):
        return [translated(item, strict) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: translated(value, strict) for name, value in node.items() if name not in ("nullable", "example")}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        made["type"] = [node["type"], "null"]
    if strict and node.get("type") == "object" and "properties" in node:
        made.setdefault("additionalProperties", False)
    return made


def validators(strict):
    schemas = {name: translated(schema, strict) for name, schema in document["components"]["schemas"].items()}
    root = {"components": {"schemas": schemas}}
    resolver = jsonschema.RefResolver("", root)
    return lambda schema: jsonschema.Draft7Validator(translated(schema, strict), resolver=resolver, format_checker=jsonschema.draft7_format_checker)


def check_document():
    for error in jsonschema.Draft4Validator(json.load(open(specification))).iter_errors(document):
        wrong("/".join(map(str, error.absolute_path)) + ": " + error.message[:200])


def walk(node, place=""):
    yield place, node
    if isinstance(node, dict):
        for name, value in node.items():
            yield from walk(value, place + "/" + name)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from walk(value, f"{place}/{number}")


def check_use():
    seen = {}
    tags = {tag["name"] for tag in document["tags"]}
    used = set()
    if len(tags) != len(document["tags"]):
        wrong("a tag is declared twice")
    for path, method, item, operation in operations():
        name = f"{method} {path}"
        identity = operation.get("operationId", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", identity):
            wrong(f"{name}: operationId {identity!r}")
        if identity in seen:
            wrong(f"{name}: operationId {identity} is that of {seen[identity]}")
        seen[identity] = name
        if not operation.get("summary"):
            wrong(f"{name}: no summary")
        if not operation.get("tags") or not set(operation["tags"]) <= tags:
            wrong(f"{name}: tags {operation.get('tags')}")
        used |= set(operation["tags"])
        parameters = [resolved(p) for p in item.get("parameters", []) + operation["parameters"]]
        places = [(p["in"], p["name"].lower()) for p in parameters]
        if len(set(places)) != len(places):
            wrong(f"{name}: a parameter twice")
        if {p["name"] for p in parameters if p["in"] == "path"} != set(re.findall(r"{(\w+)}", path)):
            wrong(f"{name}: parameters of the path")
        for parameter in parameters:
            if not parameter.get("description"):
                wrong(f"{name}: {parameter['name']} is not described")
        statuses = set(operation["responses"])
        if not any(s.startswith("2") for s in statuses) or not {"400", "401", "403", "503", "default"} <= statuses:
            wrong(f"{name}: responses {sorted(statuses)}")
        if "requestBody" in operation and "415" not in statuses:
            wrong(f"{name}: takes a body, and no 415")
    for name in tags - used:
        wrong(f"tag {name} is not used")
    referred = set()
    validator = validators(False)
    for place, node in walk(document):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            referred.add(node["$ref"])
            try:
                resolved(node)
            except (KeyError, TypeError):
                wrong(f"{place}: {node['$ref']} leads nowhere")
        if isinstance(node, dict) and ("type" in node or "anyOf" in node) and "/properties/" in place + "/":
            for member in ("example", "default"):
                if member in node and not place.endswith("/properties"):
                    for error in validator({n: v for n, v in node.items() if n != member}).iter_errors(node[member]):
                        wrong(f"{place}: {member}: {error.message[:200]}")
    for kind, components in document["components"].items():
        for name in components:
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in referred:
                wrong(f"component {kind}/{name} is not used")
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(".change"):
            if "required" in schema:
                wrong(f"{name}: a merge patch requires nothing")
            if any("default" in member for member in schema["properties"].values()):
                wrong(f"{name}: a merge patch has no defaults")
            optional = set(schema["properties"]) - set(document["components"]["schemas"][name[:-len("change")] + "given"].get("required", []))
            if not all(schema["properties"][member].get("nullable") or "anyOf" in schema["properties"][member] for member in optional):
                wrong(f"{name}: what is optional can be null")
    if not any(node.get("writeOnly") for _, node in walk(document) if isinstance(node, dict)):
        wrong("nothing is writeOnly")


def check_paths():
    index = json.loads(next(e["answer"] for e in exchanges if e["path"] == "/" and e["method"] == "GET"))
    there = {(entry["path"][len("/api/v1"):] or "/", method.lower()) for entry in index["paths"] for method in entry["methods"] if method != "HEAD"}
    described = {(path, method) for path, method, _, _ in operations()}
    for path, method in sorted(there - described):
        wrong(f"{method} {path} is there and not described")
    for path, method in sorted(described - there):
        wrong(f"{method} {path} is described and not there")


def find(path, method):
    parts = path.split("?")[0].split("/")[1:]
    best = None
    for template, item in document["paths"].items():
        names = template.split("/")[1:]
        if len(names) == len(parts) and all(n == p or n.startswith("{") for n, p in zip(names, parts)):
            if best is None or template.count("{") < best[0].count("{"):
                best = (template, item)
    return best[1].get(method.lower()) if best else None


def check_answers():
    validator = validators(True)
    problem = validator({"$ref": "#/components/schemas/problem"})
    made = {}
    statuses = set()
    for exchange in exchanges:
        name = f"{exchange['method']} {exchange['path']}: {exchange['status']}"
        status = str(exchange["status"])
        operation = find(exchange["path"], exchange["method"])
        headers = {n.lower(): v for n, v in exchange["headers"].items()}
        media = headers.get("content-type", "").split(";")[0]
        statuses.add(status)
        if operation is None:  # a refusal in any case
            if status not in ("404", "405"):
                wrong(f"{name} is not described")
            for error in problem.iter_errors(json.loads(exchange["answer"])):
                wrong(f"{name}: {error.message[:300]}")
            continue
        if status not in operation["responses"]:
            wrong(f"{name}: the status is not described: {exchange['answer'][:200]}")
            continue
        response = resolved(operation["responses"][status])
        for header in response.get("headers", {}):
            optional = header in ("Sojourn-Note", "Accept", "Accept-Patch", "Retry-After")
            schema = resolved(response["headers"][header])["schema"]
            if header.lower() not in headers:
                if not optional:
                    wrong(f"{name}: no header {header}")
            elif schema["type"] == "string":
                for error in validator(schema).iter_errors(headers[header.lower()]):
                    wrong(f"{name}: {header}: {error.message[:200]}")
        content = response.get("content", {})
        if not content:
            if exchange["answer"]:
                wrong(f"{name}: a body where none is described")
            continue
        if media not in content:
            wrong(f"{name}: {media} is not among {list(content)}")
            continue
        key = json.dumps(content[media]["schema"], sort_keys=True)
        if key not in made:
            made[key] = validator(content[media]["schema"])
        for error in made[key].iter_errors(json.loads(exchange["answer"])):
            wrong(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    for status in ("200", "201", "202", "204", "400", "404", "405", "409", "412", "415", "422"):
        if status not in statuses:
            wrong(f"no answer had the status {status}")
    print(f"# {len(exchanges)} answers, statuses {' '.join(sorted(statuses))}")


def check_events():
    validator = validators(True)
    for event in events:
        name = "lost" if "lost" in event else f"event.{event['type']}"
        for schema in (name, "live_event"):
            for error in validator({"$ref": f"#/components/schemas/{schema}"}).iter_errors(event):
                wrong(f"{name}, {schema}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    kinds = {event.get("type") for event in events}
    if len(kinds) < 3:
        wrong(f"only {kinds} were told")
    print(f"# {len(events)} events: {' '.join(sorted(map(str, kinds)))}")


def check_bodies():
    validator = validators(False)
    made = {}
    count = 0
    for exchange in exchanges:
        operation = find(exchange["path"], exchange["method"])
        if not exchange["body"] or exchange["status"] >= 300 or operation is None:
            continue
        content = operation["requestBody"]["content"]["application/json"]["schema"]
        key = json.dumps(content, sort_keys=True)
        if key not in made:
            made[key] = validator(content)
        count += 1
        for error in made[key].iter_errors(json.loads(exchange["body"])):
            wrong(f"{exchange['method']} {exchange['path']}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    # What is refused for its form is refused by the document too.
    refused = validator({"$ref": "#/components/schemas/partition.given"})
    for body in ({}, {"name": 7}, {"name": "P", "no_such_member": 1}, {"name": None}, {"name": "P", "usage": "none"}):
        if refused.is_valid(body):
            wrong(f"partition.given takes {body}")
    print(f"# {count} bodies")


{"document": check_document, "use": check_use, "paths": check_paths, "answers": check_answers, "events": check_events, "bodies": check_bodies}[what]()
print("\n".join(problems))
sys.exit(1 if problems else 0)
