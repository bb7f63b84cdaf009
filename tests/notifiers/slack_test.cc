#include "notifiers/slack.h"

#include "tests/notifiers/test_notification.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tocsin::notifiers {
namespace {

using Kind = Outcome::Kind;

class SlackTest : public testing::Test {
 protected:
  SlackTest() {
    notification_.integration.type = "slack";
    config_.http_config = std::make_shared<const config::HttpClientConfig>();
    config_.api_url = Secret("https://hooks.slack.example/services/T/B/x");
    config_.app_url = "https://slack.com/api/chat.postMessage";
    config_.title = R"({{ template "slack.default.title" . }})";
    config_.title_link = R"({{ template "slack.default.titlelink" . }})";
    config_.fallback = R"({{ template "slack.default.fallback" . }})";
    config_.username = R"({{ template "slack.default.username" . }})";
    config_.color = R"({{ template "slack.default.color" . }})";
  }

  IntegrationPtr Make() {
    const model::IntegrationId id{"team", "slack", 0};
    FieldCompiler compiler(templates_, id, config_.places, &diagnostics_);
    return MakeSlack(id, config_, &compiler);
  }
  HttpSend Send() {
    const auto send = Make()->Build(notification_, context_);
    EXPECT_TRUE(send) << send.error().error;
    return send ? std::get<HttpSend>(*send) : HttpSend();
  }
  void Edit() {
    config_.update_message = true;
    config_.api_url = Secret("https://slack.com/api/chat.postMessage");
    notification_.data = {{"threadTs", "171.5"}, {"channelId", "C42"}};
  }

  NotificationTemplatesPtr templates_ = templates::NotificationTemplates::Defaults();
  config::Diagnostics diagnostics_;
  config::SlackConfig config_;
  model::Notification notification_ = TestNotification();
  BuildContext context_ = TestContext();
};

HttpResponse Json(std::string body) {
  return {200, {{"Content-Type", "application/json; charset=utf-8"}}, std::move(body)};
}

TEST_F(SlackTest, SendsOneAttachment) {
  config_.channel = "#{{ .CommonLabels.severity }}";
  config_.timeout = std::chrono::seconds(5);
  const HttpSend send = Send();
  EXPECT_EQ(send.request.method, "POST");
  EXPECT_EQ(send.request.url.Reveal(), "https://hooks.slack.example/services/T/B/x");
  EXPECT_EQ(send.request.headers, (std::vector<HttpHeader>{{"Content-Type", "application/json"}}));
  EXPECT_EQ(send.client, config_.http_config);
  EXPECT_EQ(send.timeout, std::chrono::seconds(5));
  EXPECT_EQ(send.request.body,
            R"({"channel":"#page","username":"Alertmanager","attachments":[{)"
            R"j("title":"[FIRING:2] HighCPU (page)",)j"
            R"("title_link":"http://am.example:9093/#/alerts?receiver=team%5C.x",)"
            R"("text":"",)"
            R"("fallback":"[FIRING:2] HighCPU (page) | )"
            R"(http://am.example:9093/#/alerts?receiver=team%5C.x",)"
            R"("callback_id":"","footer":"","color":"danger",)"
            R"("mrkdwn_in":["fallback","pretext","text"]}]})"
            "\n");
}

TEST_F(SlackTest, SendsFieldsAndActions) {
  config_ = {};
  config_.api_url = Secret("https://hooks.slack.example/x");
  config_.icon_emoji = ":fire:";
  config_.icon_url = "http://icon";
  config_.link_names = true;
  config_.message_text = "{{ .Status }}";
  config_.pretext = "pre";
  config_.image_url = "http://image";
  config_.thumb_url = "http://thumb";
  config_.mrkdwn_in = {"text"};
  config_.short_fields = true;
  config_.fields = {{"T{{ len .Alerts }}", "V", std::nullopt}, {"T", "V", false}};
  config_.actions = {
      {"button", "Go", "http://go/{{ .Status }}", "primary", "", "", std::nullopt},
      {"button", "Do", "", "", "name", "value", config::SlackConfirm{"T", "Sure?", "OK", ""}}};
  EXPECT_EQ(
      Send().request.body,
      R"({"icon_emoji":":fire:","icon_url":"http://icon","link_names":true,"text":"firing",)"
      R"("attachments":[{"pretext":"pre","text":"","fallback":"","callback_id":"",)"
      R"("fields":[{"title":"T3","value":"V","short":true},)"
      R"({"title":"T","value":"V","short":false}],)"
      R"("actions":[{"type":"button","text":"Go","url":"http://go/firing","style":"primary"},)"
      R"({"type":"button","text":"Do","name":"name","value":"value",)"
      R"("confirm":{"text":"Sure?","title":"T","ok_text":"OK"}}],)"
      R"("image_url":"http://image","thumb_url":"http://thumb","footer":"",)"
      R"("mrkdwn_in":["text"]}]})"
      "\n");
}

TEST_F(SlackTest, CutsTheTitle) {
  config_.title = std::string(1025, 'x');
  EXPECT_NE(Send().request.body.find(R"("title":")" + std::string(1023, 'x') + "…\""),
            std::string::npos);
}

TEST_F(SlackTest, PostsToTheApplicationUrlWithAToken) {
  config_.api_url = Secret();
  config_.app_token = Secret("xoxb-1");
  EXPECT_EQ(Send().request.url.Reveal(), "https://slack.com/api/chat.postMessage");
  config_.app_token = Secret();
  config_.app_token_file = "/etc/token";
  EXPECT_EQ(Send().request.url.Reveal(), "https://slack.com/api/chat.postMessage");
  EXPECT_TRUE(Make()->Files().empty());
}

TEST_F(SlackTest, ReadsTheUrlFromItsFile) {
  config_.api_url = Secret();
  config_.api_url_file = "/etc/url";
  EXPECT_EQ(Make()->Files(), std::vector<std::string>{"/etc/url"});
  context_.files = {{"/etc/url", std::string("https://hooks.slack.example/file\n")}};
  EXPECT_EQ(Send().request.url.Reveal(), "https://hooks.slack.example/file");

  context_.files.clear();
  context_.files.emplace("/etc/url", Fail("permission denied"));
  const auto failed = Make()->Build(notification_, context_);
  ASSERT_FALSE(failed);
  EXPECT_FALSE(failed.error().retry);
  EXPECT_EQ(failed.error().error, "api_url_file: permission denied");
}

TEST_F(SlackTest, ABrokenTemplateIsForGood) {
  config_.text = "{{ .Nope }}";
  const auto failed = Make()->Build(notification_, context_);
  ASSERT_FALSE(failed);
  EXPECT_FALSE(failed.error().retry);
  EXPECT_TRUE(failed.error().error.starts_with("text: template: :1:3:")) << failed.error().error;
}

TEST_F(SlackTest, EditsThePostedMessage) {
  Edit();
  config_.channel = "#alerts";
  const HttpSend send = Send();
  EXPECT_EQ(send.request.url.Reveal(), "https://slack.com/api/chat.update");
  EXPECT_TRUE(send.request.body.starts_with(R"({"channel":"C42","ts":"171.5","username":)"));

  notification_.data.clear();
  EXPECT_EQ(Send().request.url.Reveal(), "https://slack.com/api/chat.postMessage");
  EXPECT_TRUE(Send().request.body.starts_with(R"({"channel":"#alerts","username":)"));
  notification_.data = {{"threadTs", std::int64_t{5}}, {"channelId", "C42"}};
  EXPECT_EQ(Send().request.url.Reveal(), "https://slack.com/api/chat.postMessage");
}

TEST_F(SlackTest, KeepsTheIdsOfThePostedMessage) {
  const HttpResponse posted = Json(R"({"ok":true,"ts":"172.1","channel":"C7"})");
  EXPECT_EQ(Make()->JudgeResponse(notification_, posted).data, std::nullopt);
  Edit();
  const Outcome outcome = Make()->JudgeResponse(notification_, posted);
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_EQ(outcome.data, (model::ReceiverData{{"threadTs", "172.1"}, {"channelId", "C7"}}));
}

TEST_F(SlackTest, PostsAnewWhenTheMessageIsLost) {
  Edit();
  for (const char* error :
       {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"}) {
    const HttpResponse response = Json(R"({"ok":false,"error":")" + std::string(error) + "\"}");
    const Outcome outcome = Make()->JudgeResponse(notification_, response);
    EXPECT_EQ(outcome.kind, Kind::kRetry) << error;
    EXPECT_EQ(outcome.data, model::ReceiverData()) << error;

    // The same answer to a new message is final.
    model::Notification fresh = notification_;
    fresh.data = *outcome.data;
    EXPECT_EQ(Make()->JudgeResponse(fresh, response).kind, Kind::kGiveUp) << error;
  }
}

TEST_F(SlackTest, JudgesTheBody) {
  config_.channel = "#a";
  struct Case {
    HttpResponse response;
    Kind kind;
    std::string_view reason;
    std::string error;
  };
  const std::vector<Case> cases = {
      {{200, {{"Content-Type", "text/html"}}, "ok"}, Kind::kDelivered, "other", ""},
      {{200, {}, "no_text"},
       Kind::kGiveUp,
       "clientError",
       "channel \"#a\": received an error response from Slack: no_text"},
      {Json(R"({"ok":true})"), Kind::kDelivered, "other", ""},
      {Json(R"({"ok":false,"error":"invalid_auth"})"), Kind::kGiveUp, "clientError",
       "channel \"#a\": error response from Slack: invalid_auth"},
      {Json(R"({"ok":false,"error":"internal_error"})"), Kind::kRetry, "clientError",
       "channel \"#a\": error response from Slack: internal_error"},
      {Json(R"({"ok":false,"error":"ratelimited"})"), Kind::kRetry, "rateLimited",
       "channel \"#a\": error response from Slack: ratelimited"},
      {Json("{"), Kind::kRetry, "clientError",
       "channel \"#a\": could not unmarshal JSON response \"{\""},
      {Json("[]"), Kind::kRetry, "clientError",
       "channel \"#a\": could not unmarshal JSON response \"[]\""},
      {{500, {}, "oops https://hooks.slack.example/services/T/B/x"},
       Kind::kRetry,
       "serverError",
       "channel \"#a\": unexpected status code 500: oops <redacted>"},
      {{404, {}, "channel_not_found"},
       Kind::kGiveUp,
       "clientError",
       "channel \"#a\": unexpected status code 404: channel_not_found"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = Make()->JudgeResponse(notification_, c.response);
    EXPECT_EQ(outcome.kind, c.kind) << c.response.body;
    EXPECT_EQ(ToString(outcome.reason), c.reason) << c.response.body;
    EXPECT_EQ(outcome.error, c.error);
  }
}

TEST_F(SlackTest, WaitsAsLongAsSlackAsks) {
  const HttpResponse limited{429, {{"Retry-After", "30"}}, ""};
  const Outcome outcome = Make()->JudgeResponse(notification_, limited);
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_EQ(outcome.retry_after, std::chrono::seconds(30));
}

}  // namespace
}  // namespace tocsin::notifiers
