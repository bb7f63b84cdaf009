"""The configurations and rule files of the scenarios."""

ROUTE = """
route:
  receiver: hook
  group_by: [%s]
  group_wait: %ds
  group_interval: %ds
  repeat_interval: 4h
receivers:
- name: hook
"""
WEBHOOK = """  webhook_configs:
  - url: http://127.0.0.1:%d/hook
"""
ANNOTATIONS = """    annotations:
      summary: 'High CPU on {{ $labels.instance }} in {{ $labels.cluster }}'
      description: 'Instance {{ $labels.instance }} of {{ $labels.job }} ({{ $labels.namespace }}) is at {{ $value | humanize }}'
"""
SCRAPE = """
global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: %(interval)ds}
rule_files: [rules.yml]
alerting:
  alertmanagers:
  - static_configs: [{targets: ['%(target)s']}]
scrape_configs:
- job_name: node
  honor_labels: true
  params: {n: ['%(series)d']}
  static_configs: [{targets: ['%(target)s']}]
"""
HOUR = 3600


def router(group_by="alertname, cluster", wait=HOUR, interval=HOUR, sink=None):
    """An alertmanager.yml; seconds; `sink` is the port of the webhook receiver."""
    return ROUTE % (group_by, wait, interval) + (WEBHOOK % sink if sink else "")


def inhibition(rules):
    text = "inhibit_rules:\n"
    for i in range(rules):
        text += ('- source_matchers: [ alertname="Src%04d", severity="critical" ]\n'
                 '  target_matchers: [ alertname="Tgt%04d", severity="warning" ]\n'
                 "  equal: [ cluster, namespace ]\n" % (i, i))
    return text


def group(name, interval, rules):
    """A group of alerting rules, given as (name, expression)."""
    text = "- name: %s\n  interval: %ds\n  rules:\n" % (name, interval)
    for alert, expr in rules:
        text += "  - alert: %s\n    expr: %s\n    labels: {severity: critical}\n%s" % (alert, expr, ANNOTATIONS)
    return text


def prometheus(interval, series, target):
    """A prometheus.yml that scrapes `series` series from the fake at `target` and sends it the alerts."""
    return SCRAPE % {"interval": interval, "series": series, "target": target}


def with_rules(config, datasource):
    """tocsin's own keys added: rules.yml beside it, evaluated against that URL."""
    return config + "datasources: [{url: '%s'}]\nrule_files: [rules.yml]\n" % datasource
