#include "notifiers/email.h"

#include "tests/notifiers/test_notification.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::notifiers {
namespace {

class EmailTest : public testing::Test {
 protected:
  EmailTest() {
    notification_.integration.type = "email";
    config_.to = "ops@example.org, {{ .CommonLabels.severity }}@example.org";
    config_.from = "Alerts <alerts@example.org>";
    config_.hello = "me.example";
    config_.smarthost = {"mail.example", "587"};
    config_.headers = {{"Subject", R"({{ template "email.default.subject" . }})"},
                       {"To", config_.to},
                       {"From", config_.from}};
    config_.text = "{{ len .Alerts }} alerts";
    config_.html = "<b>{{ .CommonAnnotations.summary }}</b>";
  }

  IntegrationPtr Make() {
    const model::IntegrationId id{"team", "email", 0};
    FieldCompiler compiler(templates_, id, config_.places, &diagnostics_);
    return MakeEmail(id, config_, &compiler);
  }
  MailSend Send() {
    const auto send = Make()->Build(notification_, context_);
    EXPECT_TRUE(send) << send.error().error;
    return send ? std::get<MailSend>(*send) : MailSend();
  }
  BuildFailure Failure() {
    const auto send = Make()->Build(notification_, context_);
    EXPECT_FALSE(send);
    return send ? BuildFailure() : send.error();
  }

  NotificationTemplatesPtr templates_ = templates::NotificationTemplates::Defaults();
  config::Diagnostics diagnostics_;
  config::EmailConfig config_;
  model::Notification notification_ = TestNotification();
  BuildContext context_ = TestContext();
};

TEST_F(EmailTest, BuildsTheWholeMail) {
  const MailSend send = Send();
  EXPECT_EQ(send.from, "alerts@example.org");
  EXPECT_EQ(send.recipients, (std::vector<std::string>{"ops@example.org", "page@example.org"}));
  EXPECT_EQ(send.smarthost, config_.smarthost);
  EXPECT_EQ(send.hello, "me.example");
  const std::size_t at = send.message.find("boundary=");
  ASSERT_NE(at, std::string::npos);
  const std::string boundary = send.message.substr(at + 9, 60);
  EXPECT_EQ(boundary.find_first_not_of("0123456789abcdef"), std::string::npos) << boundary;
  EXPECT_EQ(send.message,
            "From: Alerts <alerts@example.org>\r\n"
            "To: ops@example.org, page@example.org\r\n"
            "Subject: [FIRING:2] HighCPU (page)\r\n"
            "Message-Id: <1772360701000000000.42@alerts.example>\r\n"
            "Date: Sun, 01 Mar 2026 10:25:01 +0000\r\n"
            "Content-Type: multipart/alternative;\r\n boundary=" +
                boundary +
                "\r\n"
                "MIME-Version: 1.0\r\n"
                "\r\n"
                "--" +
                boundary +
                "\r\n"
                "Content-Transfer-Encoding: quoted-printable\r\n"
                "Content-Type: text/plain; charset=UTF-8\r\n"
                "\r\n"
                "3 alerts\r\n"
                "--" +
                boundary +
                "\r\n"
                "Content-Transfer-Encoding: quoted-printable\r\n"
                "Content-Type: text/html; charset=UTF-8\r\n"
                "\r\n"
                "<b>CPU &lt;90%&gt;</b>\r\n"
                "--" +
                boundary + "--\r\n");
}

TEST_F(EmailTest, CustomHeadersReplaceOurs) {
  config_.headers["Message-Id"] = "<fixed@x.y>";
  config_.headers["Date"] = "Thu, 01 Jan 1970 00:00:00 +0000";
  config_.headers["X-Status"] = "{{ .Status }}";
  config_.headers["Content-Type"] = "text/plain";
  config_.headers["Cc"] = "Ä <c@d.e>";
  const std::string message = Send().message;
  EXPECT_NE(message.find("Subject: [FIRING:2] HighCPU (page)\r\n"
                         "Cc: =?utf-8?q?=C3=84?= <c@d.e>\r\n"
                         "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
                         "Message-Id: <fixed@x.y>\r\n"
                         "X-Status: firing\r\n"
                         "Content-Type: multipart/alternative;"),
            std::string::npos)
      << message;
  EXPECT_EQ(message.find("42@alerts.example"), std::string::npos);
}

TEST_F(EmailTest, ALineEndInALabelAddsNoHeader) {
  config_.headers["Subject"] = "{{ \"x\\r\\nBcc: evil@x.y\" }}";
  EXPECT_NE(Send().message.find("\r\nSubject: =?utf-8?q?x=0D=0ABcc:_evil@x.y?=\r\n"),
            std::string::npos);
}

TEST_F(EmailTest, ThreadsAGroup) {
  notification_.group_key = "1";
  config_.threading_enabled = true;
  config_.thread_by_date_daily = true;
  EXPECT_NE(
      Send().message.find("References: <alert-6b86b273ff34fce1-2026-03-01@alertmanager>\r\n"
                          "In-Reply-To: <alert-6b86b273ff34fce1-2026-03-01@alertmanager>\r\n"),
      std::string::npos);
  config_.thread_by_date_daily = false;
  EXPECT_NE(Send().message.find("References: <alert-6b86b273ff34fce1-@alertmanager>\r\n"),
            std::string::npos);
}

TEST_F(EmailTest, ChoosesTls) {
  struct Case {
    std::string port;
    std::optional<bool> forced;
    bool implicit;
  };
  const std::vector<Case> cases = {{"465", std::nullopt, true},
                                   {"587", std::nullopt, false},
                                   {"465", false, false},
                                   {"587", true, true}};
  for (const Case& c : cases) {
    config_.smarthost.port = c.port;
    config_.force_implicit_tls = c.forced;
    EXPECT_EQ(Send().implicit_tls, c.implicit) << c.port;
  }
  config_.require_tls = false;
  EXPECT_FALSE(Send().require_starttls);
}

TEST_F(EmailTest, ReadsCredentialsFromFiles) {
  config_.auth_username = "u";
  config_.auth_password_file = "/p";
  config_.auth_secret_file = "/s";
  EXPECT_EQ(Make()->Files(), (std::vector<std::string>{"/p", "/s"}));
  context_.files = {{"/p", std::string("pass\n")}, {"/s", std::string(" secret ")}};
  const MailSend send = Send();
  EXPECT_EQ(send.auth_username, "u");
  EXPECT_EQ(send.auth_password.Reveal(), "pass");
  EXPECT_EQ(send.auth_secret.Reveal(), "secret");

  context_.files.erase("/s");
  context_.files.emplace("/s", Fail("no such file"));
  const BuildFailure failure = Failure();
  EXPECT_TRUE(failure.retry);
  EXPECT_EQ(failure.error, "auth_secret_file: no such file");
}

TEST_F(EmailTest, RefusesWhatCannotBeSent) {
  struct Case {
    std::string from, to, text, error;
  };
  const std::vector<Case> cases = {
      {"a@b.c, d@e.f", "x@y.z", "", "must be exactly one 'from' address (got: 2)"},
      {"nobody", "x@y.z", "", "parse 'from' addresses: mail: missing '@' or angle-addr"},
      {"a@b.c", "{{ .CommonLabels.nope }}", "", "parse 'to' addresses: mail: no address"},
      {"a@b.c", "x@y.z", "{{ template \"nope\" . }}",
       "text: template: :1:12: executing \"\" at <{{template \"nope\" .}}>: template \"nope\" not "
       "defined"},
  };
  for (const Case& c : cases) {
    config_.from = c.from;
    config_.to = c.to;
    config_.text = c.text;
    const BuildFailure failure = Failure();
    EXPECT_FALSE(failure.retry) << c.error;
    EXPECT_EQ(failure.error, c.error);
  }
}

TEST_F(EmailTest, DefaultHtmlSaysWhatHappened) {
  config_.html = R"({{ template "email.default.html" . }})";
  config_.text.clear();
  const std::string message = Send().message;
  EXPECT_EQ(message.find("text/plain"), std::string::npos);
  EXPECT_NE(message.find("[2] Firing"), std::string::npos);
  EXPECT_NE(message.find("[1] Resolved"), std::string::npos);
}

TEST_F(EmailTest, HostNameHasAFallback) {
  context_.hostname.clear();
  EXPECT_NE(Send().message.find(".42@localhost.localdomain>\r\n"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::notifiers
