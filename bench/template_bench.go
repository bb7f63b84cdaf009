// The rows of template_bench.cc with Go's own text/template and html/template: the same texts (read from the folder
// that `template_bench --write` filled), equal data in the shapes that Alertmanager and Prometheus give it, and the
// functions that these texts call. Templates are parsed once, before the clock starts. Prints one JSON object a row.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	text "text/template"
	"time"
)

type Pair struct{ Name, Value string }
type Pairs []Pair
type KV map[string]string

func (kv KV) SortedPairs() Pairs {
	pairs := make(Pairs, 0, len(kv))
	names := make([]string, 0, len(kv))
	first := 0
	for name := range kv {
		if name == "alertname" {
			names = append([]string{name}, names...)
			first = 1
		} else {
			names = append(names, name)
		}
	}
	sort.Strings(names[first:])
	for _, name := range names {
		pairs = append(pairs, Pair{name, kv[name]})
	}
	return pairs
}

func (kv KV) Remove(drop []string) KV {
	dropped := make(map[string]struct{}, len(drop))
	for _, name := range drop {
		dropped[name] = struct{}{}
	}
	kept := KV{}
	for name, value := range kv {
		if _, ok := dropped[name]; !ok {
			kept[name] = value
		}
	}
	return kept
}

func (kv KV) Names() []string  { return kv.SortedPairs().Names() }
func (kv KV) Values() []string { return kv.SortedPairs().Values() }

func (pairs Pairs) Names() []string {
	names := make([]string, 0, len(pairs))
	for _, pair := range pairs {
		names = append(names, pair.Name)
	}
	return names
}

func (pairs Pairs) Values() []string {
	values := make([]string, 0, len(pairs))
	for _, pair := range pairs {
		values = append(values, pair.Value)
	}
	return values
}

type Alert struct {
	Status       string
	Labels       KV
	Annotations  KV
	StartsAt     time.Time
	EndsAt       time.Time
	GeneratorURL string
	Fingerprint  string
}
type Alerts []Alert

func (alerts Alerts) with(status string) []Alert {
	chosen := []Alert{}
	for _, alert := range alerts {
		if alert.Status == status {
			chosen = append(chosen, alert)
		}
	}
	return chosen
}
func (alerts Alerts) Firing() []Alert   { return alerts.with("firing") }
func (alerts Alerts) Resolved() []Alert { return alerts.with("resolved") }

type Data struct {
	Receiver          string
	Status            string
	Alerts            Alerts
	GroupLabels       KV
	CommonLabels      KV
	CommonAnnotations KV
	ExternalURL       string
}

func common(alerts Alerts, pairs func(Alert) KV) KV {
	all := KV{}
	for name, value := range pairs(alerts[0]) {
		all[name] = value
	}
	for _, alert := range alerts {
		for name, value := range all {
			if pairs(alert)[name] != value {
				delete(all, name)
			}
		}
	}
	return all
}

func data(count int) *Data {
	var alerts Alerts
	now := time.Unix(1767323045, 0)
	for i := 0; i < count; i++ {
		instance := fmt.Sprintf("host-%d:9100", i)
		alert := Alert{
			Status: "firing",
			Labels: KV{"alertname": "HighLatency", "cluster": "eu-1", "instance": instance,
				"job": "api", "severity": "page"},
			Annotations: KV{"summary": instance + " answers slowly",
				"description": "The 99th percentile of \"GET /\" to " + instance +
					" is above 500ms for 10 minutes."},
			StartsAt:     now.Add(-10 * time.Minute),
			GeneratorURL: "http://prometheus.example.org:9090/graph?g0.expr=latency%3Ap99+%3E+0.5&g0.tab=1",
		}
		if i%10 == 9 {
			alert.Status, alert.EndsAt = "resolved", now
		}
		alerts = append(alerts, alert)
	}
	return &Data{
		Receiver:          "team-api",
		Status:            "firing",
		Alerts:            alerts,
		GroupLabels:       KV{"alertname": "HighLatency", "cluster": "eu-1"},
		CommonLabels:      common(alerts, func(a Alert) KV { return a.Labels }),
		CommonAnnotations: common(alerts, func(a Alert) KV { return a.Annotations }),
		ExternalURL:       "http://tocsin.example.org:9093",
	}
}

func humanize(value float64) string {
	if value == 0 || math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Sprintf("%.4g", value)
	}
	prefix, scale := "", 1000.0
	prefixes := []string{"k", "M", "G", "T", "P", "E", "Z", "Y"}
	if math.Abs(value) < 1 {
		scale = 1 / scale
		prefixes = []string{"m", "u", "n", "p", "f", "a", "z", "y"}
	}
	for _, next := range prefixes {
		if scale > 1 && math.Abs(value) < 1000 || scale < 1 && math.Abs(value) >= 1 {
			break
		}
		prefix, value = next, value/scale
	}
	return fmt.Sprintf("%.4g%s", value, prefix)
}

var functions = text.FuncMap{
	"toUpper":  strings.ToUpper,
	"join":     func(separator string, parts []string) string { return strings.Join(parts, separator) },
	"humanize": humanize,
}


type row struct {
	name    string
	execute []func(out *bytes.Buffer) error // One a field; each writes to a buffer of its own.
}

func read(folder, file string) string {
	content, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		panic(err)
	}
	return string(content)
}

func textField(folder, file string, data interface{}) func(*bytes.Buffer) error {
	set := text.New("").Option("missingkey=zero").Funcs(functions)
	text.Must(set.New("default.tmpl").Parse(read(folder, "default.tmpl")))
	parsed := text.Must(set.New("field").Parse(read(folder, file)))
	return func(out *bytes.Buffer) error { return parsed.Execute(out, data) }
}

func htmlField(folder, file string, data interface{}) func(*bytes.Buffer) error {
	set := template.New("").Option("missingkey=zero").Funcs(template.FuncMap(functions))
	template.Must(set.New("default.tmpl").Parse(read(folder, "default.tmpl")))
	template.Must(set.New("email.tmpl").Parse(read(folder, "email.tmpl")))
	parsed := template.Must(set.New("field").Parse(read(folder, file)))
	return func(out *bytes.Buffer) error { return parsed.Execute(out, data) }
}

func annotation(folder string) func(*bytes.Buffer) error {
	definitions := "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}" +
		"{{$externalURL := .ExternalURL}}{{$value := .Value}}"
	parsed := text.Must(text.New("annotation").Option("missingkey=zero").Funcs(functions).
		Parse(definitions + read(folder, "annotation.tmpl")))
	data := struct {
		Labels         map[string]string
		ExternalLabels map[string]string
		ExternalURL    string
		Value          interface{}
	}{
		Labels:         map[string]string{"__name__": "latency:p99", "instance": "host-1:9100", "job": "api"},
		ExternalLabels: map[string]string{"region": "eu"},
		ExternalURL:    "http://localhost:9093",
		Value:          1234.5678,
	}
	return func(out *bytes.Buffer) error { return parsed.Execute(out, data) }
}

func rows(folder string) []row {
	all := []row{{"annotation", []func(*bytes.Buffer) error{annotation(folder)}}}
	for _, count := range []int{1, 10, 1000} {
		all = append(all, row{fmt.Sprintf("slack/%d", count), []func(*bytes.Buffer) error{
			textField(folder, "slack_title.tmpl", data(count)),
			textField(folder, "slack_text.tmpl", data(count)),
		}})
	}
	for _, count := range []int{1, 10, 1000} {
		all = append(all, row{fmt.Sprintf("list/%d", count), []func(*bytes.Buffer) error{
			textField(folder, "list.tmpl", data(count)),
		}})
	}
	return append(all, row{"mail/100", []func(*bytes.Buffer) error{
		htmlField(folder, "mail.tmpl", data(100)),
	}})
}

// The output must be that of the other program, or the row compares two different things.
func check(folder string, r row) {
	var whole bytes.Buffer
	for _, execute := range r.execute {
		if err := execute(&whole); err != nil {
			panic(err)
		}
	}
	file := strings.ReplaceAll(r.name, "/", "_") + ".out"
	if whole.String() != read(folder, file) {
		fmt.Fprintf(os.Stderr, "%s: the outputs differ\n--- Go\n%s\n--- %s\n%s\n", r.name, whole.String(),
			file, read(folder, file))
		os.Exit(1)
	}
}

// Of this process, its garbage collector included.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	testing.Init()
	folder := flag.String("texts", "", "folder that template_bench --write filled")
	flag.Parse()
	output := json.NewEncoder(os.Stdout)
	for _, r := range rows(*folder) {
		r := r
		check(*folder, r)
		var cpu time.Duration
		result := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime()
			for i := 0; i < b.N; i++ {
				for _, execute := range r.execute {
					var out bytes.Buffer // As Alertmanager and Prometheus do: one for each field.
					if err := execute(&out); err != nil {
						b.Fatal(err)
					}
					_ = out.String()
				}
			}
			cpu = cpuTime() - before
		})
		output.Encode(map[string]interface{}{
			"name":    r.name,
			"cpu":     float64(cpu.Nanoseconds()) / float64(result.N),
			"elapsed": float64(result.T.Nanoseconds()) / float64(result.N),
			"allocs":  result.AllocsPerOp(),
		})
	}
}
