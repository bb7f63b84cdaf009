"""Every command of the field's own amtool: of the packaged one where it knows the words, and of the newest if it
is there. Silences have a file of their own."""

import json
import unittest

import harness

CONFIG = """
global:
  smtp_smarthost: mail.example.org:587
  smtp_from: tocsin@example.org
route:
  receiver: default
  group_by: [alertname, cluster]
  routes:
  - {receiver: test1, matchers: ['test="1"'], continue: true}
  - receiver: test2
    matchers: ['test=~"1|2"', 'env!="dev"']
    routes:
    - {receiver: 'deep er', matchers: ['{"service.name"="x", test="2"}']}
receivers:
- name: default
  email_configs: [{to: dba@example.org, auth_password: very-secret}]
- name: test1
- name: test2
- name: 'deep er'
"""

# Each integration, and each kind of block that the strict parser of the newest amtool knows.
EVERYTHING = """
global:
  resolve_timeout: 6m
  http_config: {proxy_url: 'http://user:hidden1@proxy:8080', tls_config: {insecure_skip_verify: true}, enable_http2: false}
  smtp_smarthost: '[::1]:587'
  smtp_from: tocsin@example.org
  smtp_auth_username: u
  smtp_auth_password: hidden2
  smtp_require_tls: false
  slack_api_url: https://hooks.slack.com/services/hidden3
  pagerduty_url: https://pd.example.org/v2/enqueue
  opsgenie_api_url: https://og.example.org/
  opsgenie_api_key: hidden4
  wechat_api_url: https://wc.example.org/
  wechat_api_secret: hidden5
  wechat_api_corp_id: corp
  victorops_api_url: https://vo.example.org/
  victorops_api_key: hidden6
  telegram_api_url: https://tg.example.org
  telegram_bot_token: hidden7
  webex_api_url: https://wx.example.org/v1/messages
  rocketchat_api_url: https://rc.example.org/
  rocketchat_token: hidden8
  rocketchat_token_id: hidden9
  mattermost_webhook_url: https://mm.example.org/hooks/hidden10
  jira_api_url: https://jira.example.org/
templates: []
route:
  receiver: all
  group_by: ['...']
  group_wait: 0s
  repeat_interval: 1w
  routes:
  - receiver: all
    match: {old: "form"}
    match_re: {older: "f.*"}
    group_by: [a, "b c"]
    mute_time_intervals: [nights]
    active_time_intervals: [days]
    continue: true
inhibit_rules:
- {name: hosts, source_matchers: [severity=critical], target_matchers: ['severity=~"warning|info"'], equal: [cluster, "b c"]}
- {source_match: {a: b}, target_match_re: {c: 'd.*'}}
mute_time_intervals:
- name: nights
  time_intervals: [{times: [{start_time: '20:00', end_time: '24:00'}], location: Europe/Berlin}]
time_intervals:
- name: days
  time_intervals: [{weekdays: ['monday:friday'], days_of_month: ['-7:-1', '1'], months: ['april:june'], years: ['2024:2030']}]
receivers:
- name: all
  discord_configs: [{webhook_url: 'https://discord.example.org/hidden11', title: t, message: m}]
  email_configs: [{to: a@example.org, headers: {Subject: s}, html: '', text: t, tls_config: {server_name: n}}]
  incidentio_configs: [{url: 'https://ii.example.org/', alert_source_token: hidden13}]
  pagerduty_configs:
  - {routing_key: hidden14, details: {a: b}, images: [{src: s, alt: a}], links: [{href: h, text: t}], timeout: 3s}
  - {service_key: hidden15}
  slack_configs:
  - channel: '#a'
    short_fields: true
    fields: [{title: t, value: v, short: false}]
    actions: [{type: button, text: t, url: 'https://x', confirm: {text: sure}}]
    mrkdwn_in: [text]
  - {channel: '#b', app_token: hidden16}
  webhook_configs:
  - url: https://hook.example.org/hidden17
    max_alerts: 3
    timeout: 4s
    http_config:
      basic_auth: {username: u, password: hidden18}
      http_headers: {X-Key: {secrets: [hidden19]}, X-Plain: {values: [v]}}
  - url: https://hook.example.org/hidden20
    http_config: {oauth2: {client_id: c, client_secret: hidden21, token_url: 'https://token.example.org/', scopes: [s]}}
  opsgenie_configs: [{responders: [{name: n, type: team}], details: {k: v}, priority: P1, tags: t}]
  wechat_configs: [{to_user: u, message_type: markdown}]
  pushover_configs: [{user_key: hidden22, token: hidden23, priority: '2', retry: 1m, expire: 1h, ttl: 1h, html: true}]
  victorops_configs: [{routing_key: r, custom_fields: {k: v}}]
  sns_configs: [{sigv4: {region: r, access_key: a, secret_key: hidden24}, topic_arn: t, attributes: {k: v}}]
  telegram_configs: [{chat_id: -100, message_thread_id: 4, parse_mode: MarkdownV2}]
  webex_configs: [{room_id: r, http_config: {authorization: {credentials: hidden25}}}]
  msteams_configs: [{webhook_url: 'https://teams.example.org/hidden26'}]
  msteamsv2_configs: [{webhook_url: 'https://teams.example.org/hidden27'}]
  jira_configs:
  - {project: P, issue_type: Bug, labels: [l], priority: High, reopen_transition: r, resolve_transition: s, reopen_duration: 1d,
     fields: {components: {name: X}}, http_config: {basic_auth: {username: u, password: hidden28}}}
  rocketchat_configs: [{channel: '#c', fields: [{title: t, value: v}], actions: [{type: button, text: t, url: u}]}]
  mattermost_configs: [{channel: c, text: t}]
"""


class AmtoolTest(harness.Scenario):
    def with_each_amtool(self, check):
        for path in harness.amtools():
            with self.subTest(amtool=str(path)):
                self.path = path
                check()

    def run_amtool(self, *arguments):
        return self.run_program(self.path, "--alertmanager.url=" + self.tocsin.url,
                                "--no-version-check", *arguments)

    def amtool(self, *arguments):
        status, output = self.run_amtool(*arguments)
        self.assertEqual(status, 0, output)
        return output

    def test_alerts(self):
        self.with_each_amtool(self.check_alerts)

    def check_alerts(self):
        self.tocsin = self.start_tocsin(CONFIG)
        self.amtool("alert", "add", "test1", "env=a", "--annotation=summary=by hand",
                    "--generator-url=http://example.org/x", "--end=2100-01-01T00:00:00Z")
        self.amtool("alert", "add", "alertname=test2", "env=b")
        self.amtool("alert", "add", "alertname=ended", "--end=2020-01-01T00:00:00Z", "--start=2019-01-01T00:00:00Z")
        output = self.amtool("alert")
        self.assertRegex(output, r"^Alertname\s+Starts At\s+Summary\s+State\s")
        self.assertEqual(len(output.strip().splitlines()), 3, output)
        for arguments, names in ((["test1"], ["test1"]), (["alertname=test2"], ["test2"]), (["env=~a|b"], ["test1", "test2"]),
                                 (["env!=a"], ["test2"]), (["--receiver=default"], ["test1", "test2"]),
                                 (["--receiver=test1"], []), (["--silenced"], []), (["--inhibited"], []),
                                 (["--active"], ["test1", "test2"])):
            output = self.amtool("--output=json", "alert", "query", *arguments)
            self.assertEqual(sorted(alert["labels"]["alertname"] for alert in json.loads(output)), names, arguments)
        output = self.amtool("--output=extended", "alert", "query", "test1")
        self.assertRegex(output, r'alertname="test1" env="a"\s+summary="by hand"\s+.*2100-01-01 00:00:00 UTC\s+'
                         r'http://example.org/x\s+active')
        status, output = self.run_amtool("alert", "query", "env=a", "env=~(")
        self.assertEqual(status, 1, output)

    def test_configuration(self):
        self.with_each_amtool(self.check_configuration)

    def check_configuration(self):
        self.tocsin = self.start_tocsin(CONFIG)
        output = self.amtool("config")
        self.assertIn("auth_password: <secret>", output)
        self.assertNotIn("very-secret", output)
        if self.path != harness.amtools()[-1] or len(harness.amtools()) == 1:
            return  # It does not know the keys that have come since, and says so.
        output = self.amtool("config", "routes")
        for line in ("default-route  receiver: default", '{test="1"}  continue: true  receiver: test1',
                     '{env!="dev",test=~"1|2"}  receiver: test2', 'receiver: deep er'):
            self.assertIn(line, output)
        for labels, receivers in ((["test=1"], "test1,test2"), (["test=1", "env=dev"], "test1"), (["test=2"], "test2"),
                                  (["test=2", "service.name=x"], "deep er"), (["test=3"], "default")):
            self.assertEqual(self.amtool("config", "routes", "test", *labels).strip(), receivers, labels)
        self.amtool("config", "routes", "test", "--tree", "--verify.receivers=test1,test2", "test=1")
        status, output = self.run_amtool("config", "routes", "test", "--verify.receivers=test2", "test=1")
        self.assertEqual(status, 1, output)
        status, output = self.run_amtool("config", "routes", "test", "{foo=bar}")
        self.assertEqual((status, output), (1, "amtool: error: Failed to parse labels: unexpected open or close brace: "
                                               "{foo=bar}\n\n"))

    def test_cluster(self):
        self.with_each_amtool(self.check_cluster)

    def check_cluster(self):
        self.tocsin = self.start_tocsin(CONFIG, ["--cluster.peer-name=me"])
        self.assertRegex(self.amtool("cluster"), r"Cluster Status:\s+ready\s+Node Name:\s+me")
        self.assertRegex(self.amtool("--output=extended", "cluster", "show"), r"me\s+\S+:9094|\S+:9094\s+me")

    def test_files_are_read_alike(self):
        """check-config and template render work on files: both programs take the same ones."""
        self.write("alertmanager.yml", CONFIG)
        self.write("message.tmpl", '{{ define "m" }}{{ .Status | toUpper }} {{ len .Alerts }}{{ end }}')
        status, output = self.run_program(harness.TOCSIN, "template", "render", "--template.glob=*.tmpl",
                                          '--template.text={{ template "m" . }}')
        self.assertEqual(status, 0, output)
        ours = output
        for path in harness.amtools()[-1:]:
            status, output = self.run_program(path, "check-config", "alertmanager.yml")
            self.assertEqual(status, 0, output)
            status, output = self.run_program(path, "template", "render", "--template.glob=*.tmpl",
                                              '--template.text={{ template "m" . }}')
            self.assertEqual((status, output), (0, ours))

    @unittest.skipIf(len(harness.amtools()) == 1, "Debian's newest amtool is not there: see scripts/test")
    def test_the_newest_reads_every_key_again(self):
        self.path = harness.amtools()[-1]
        self.tocsin = self.start_tocsin(EVERYTHING)
        output = self.amtool("config", "show")
        self.assertNotIn("hidden", output)
        self.assertIn("receiver: all", self.amtool("config", "routes", "show"))
        # Its check-config is as strict, and says what was read. A secret that is "<secret>" is one.
        self.write("original.yml", self.tocsin.get_json("/api/v2/status")["config"]["original"])
        status, output = self.run_program(self.path, "check-config", "original.yml")
        self.assertEqual(status, 0, output)
        for line in (" - 2 inhibit rules", " - 1 receivers"):
            self.assertIn(line, output)
        # And so does tocsin, to the same.
        self.processes.remove(self.tocsin)
        original = self.tocsin.get_json("/api/v2/status")["config"]["original"]
        self.tocsin.stop()
        self.tocsin = self.start_tocsin(original)
        self.assertEqual(self.tocsin.get_json("/api/v2/status")["config"]["original"], original)


if __name__ == "__main__":
    unittest.main()
