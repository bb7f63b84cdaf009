"""`template render` beside amtool's: the packaged one, and the newest if it is there."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import harness

FILES = {
    "own.tmpl": '{{ define "own.title" }}[{{ .Status | toUpper }}] {{ template "own.count" . }}{{ end }}',
    "more.tmpl": '{{ define "own.count" }}{{ len .Alerts.Firing }} of {{ len .Alerts }}{{ end }}',
    "broken.tmp": '{{ define "x" }}\n{{ nope }}{{ end }}',
}

DATA = {
    "receiver": "team-x",
    "status": "firing",
    "alerts": [
        {"status": "firing", "labels": {"alertname": "HighCPU", "instance": "a:9100", "severity": "critical"},
         "annotations": {"summary": "<b>CPU</b> & more"}, "startsAt": "2026-01-02T03:04:05.5+02:00",
         "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://p/graph?g0.expr=up&x=1",
         "fingerprint": "0123456789abcdef"},
        {"status": "resolved", "labels": {"alertname": "HighCPU", "instance": "b:9100"},
         "startsAt": "2026-01-02T03:04:05Z", "endsAt": "2026-01-02T04:04:05Z"},
    ],
    "groupLabels": {"alertname": "HighCPU"},
    "commonLabels": {"alertname": "HighCPU"},
    "commonAnnotations": {},
    "externalURL": "http://am",
}

# What both print, or both refuse.
TEXTS = (
    "",
    "line\nline {{- ` joined` }}",
    "{{ template `own.title` . }}",
    "{{ define `y` }}{{ .Status }}{{ end }}{{ template `y` . }}",
    "{{ range .Alerts }}{{ .Labels.instance }} {{ .StartsAt }} {{ .EndsAt.IsZero }} {{ .Fingerprint }};{{ end }}",
    "{{ (index .Alerts 0).StartsAt.UTC.Format `15:04` }}",
    "{{ .CommonLabels.SortedPairs.Names }} {{ .GroupLabels.Values | join `,` }} {{ .CommonLabels.none }}",
    "{{ reReplaceAll `(.*):.*` `$1` (index .Alerts 0).Labels.instance }}",
    "{{ with .Alerts.Resolved }}{{ len . }}{{ else }}none{{ end }}",
    "{{ stringSlice `a` `b` | join `-` }} {{ title `abc def` }} {{ match `a+` `caat` }}",
    "{{ printf `%T %q %5.1f|%-5d|` .Status .Receiver 1.25 7 }}",
    "{{ (.CommonLabels.Remove .GroupLabels.Names) | len }}",
    "{{ foo }}",
    "{{ .Foo }}",
    "{{ if",
    "{{ index .Alerts 5 }}",
    "{{ template `unknown` . }}",
)
HTML = (
    "<p title='{{ (index .Alerts 0).Annotations.summary }}'>{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}</p>",
    "<a href=\"{{ (index .Alerts 0).GeneratorURL }}\">{{ .Status }}</a>",
    "{{ safeHtml `<b>` }}{{ `<b>` }}",
    "<script>{{ .Alerts }}",
)


class TemplateRender(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name, text in FILES.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        (self.folder / "data.json").write_text(json.dumps(DATA), encoding="utf-8")

    def render(self, program, *arguments, glob="*.tmpl"):
        done = subprocess.run(
            [program, "template", "render", "--template.glob=%s/%s" % (self.folder, glob),
             "--template.data=%s/data.json" % self.folder, *arguments],
            capture_output=True, check=False, encoding="utf-8", timeout=harness.PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def test_prints_what_amtool_prints(self):
        cases = [(text, "text") for text in TEXTS] + [(text, "html") for text in HTML]
        for amtool in harness.amtools():
            for text, kind in cases:
                with self.subTest(amtool=str(amtool), text=text):
                    arguments = ["--template.text=" + text, "--template.type=" + kind]
                    wanted = self.render(amtool, *arguments)
                    got = self.render(harness.TOCSIN, *arguments)
                    self.assertEqual(got[:2], wanted[:2], wanted[2] + got[2])

    def test_a_file_that_does_not_parse(self):
        for amtool in harness.amtools():
            self.assertEqual(self.render(amtool, "--template.text=x", glob="broken.tmp")[0], 1)
        status, output, errors = self.render(harness.TOCSIN, "--template.text=x", glob="broken.tmp")
        self.assertEqual((status, output), (1, ""))
        self.assertEqual(errors, "%s/broken.tmp:2:4: template: broken.tmp:2: function \"nope\" not defined\n"
                                 "    {{ nope }}{{ end }}\n       ^\n" % self.folder)

    def test_wrong_usage(self):
        for arguments in (["template"], ["template", "render"],
                          ["template", "render", "--annotation=x", "--template.text=x"],
                          ["template", "render", "--template.text=x", "--template.type=odd"],
                          ["template", "render", "--template.text=x", "--tempate.type=html"],
                          ["template", "render", "--annotation=x", "--label=novalue"]):
            with self.subTest(arguments=arguments):
                done = subprocess.run([harness.TOCSIN, *arguments], capture_output=True, check=False,
                                      encoding="utf-8", timeout=harness.PATIENCE)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("tocsin: error: ", done.stderr)

    def test_annotation(self):
        done = subprocess.run(
            [harness.TOCSIN, "template", "render",
             "--annotation={{ $labels.job }} in {{ $externalLabels.dc }} is {{ $value | humanize }}",
             "--label=job=api", "--label", "instance=a", "--value=1234.5", "--external-label=dc=eu"],
            capture_output=True, check=False, encoding="utf-8", timeout=harness.PATIENCE)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "api in eu is 1.234k", ""))


if __name__ == "__main__":
    unittest.main()
