#include "notifiers/integration.h"

#include "notifiers/email.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tocsin::notifiers {
namespace {

using Kind = Outcome::Kind;
using std::chrono::seconds;

TEST(JudgeStatus, ClassifiesByStatus) {
  struct Case {
    int status;
    Kind kind;
    std::string_view reason;
  };
  const std::vector<Case> cases = {
      {200, Kind::kDelivered, "other"},    {202, Kind::kDelivered, "other"},
      {204, Kind::kDelivered, "other"},    {100, Kind::kGiveUp, "other"},
      {302, Kind::kGiveUp, "other"},       {400, Kind::kGiveUp, "clientError"},
      {401, Kind::kGiveUp, "authError"},   {403, Kind::kGiveUp, "authError"},
      {404, Kind::kGiveUp, "clientError"}, {408, Kind::kRetry, "clientError"},
      {425, Kind::kRetry, "clientError"},  {429, Kind::kRetry, "rateLimited"},
      {500, Kind::kRetry, "serverError"},  {503, Kind::kRetry, "serverError"},
      {599, Kind::kRetry, "serverError"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = JudgeStatus({c.status, {}, "body"});
    EXPECT_EQ(outcome.kind, c.kind) << c.status;
    EXPECT_EQ(ToString(outcome.reason), c.reason) << c.status;
    EXPECT_EQ(outcome.status, c.status);
    const std::string error = "unexpected status code " + std::to_string(c.status) + ": body";
    EXPECT_EQ(outcome.error, c.kind == Kind::kDelivered ? "" : error);
  }
}

TEST(JudgeStatus, OnlyWhatIsWorthARetryIsToldWhen) {
  EXPECT_EQ(JudgeStatus({429, {{"Retry-After", "30"}}, ""}).retry_after, seconds(30));
  EXPECT_EQ(JudgeStatus({404, {{"Retry-After", "30"}}, ""}).retry_after, std::nullopt);
}

TEST(JudgeStatus, ShowsTheStartOfTheBody) {
  EXPECT_EQ(JudgeStatus({404, {}, ""}).error, "unexpected status code 404");
  const Outcome outcome = JudgeStatus({404, {}, std::string(10000, 'x')});
  EXPECT_LE(outcome.error.size(), 4096 + 40U);
  EXPECT_TRUE(outcome.error.ends_with("x…"));
}

TEST(TransportFailure, IsRetried) {
  const Outcome outcome = TransportFailure("connection refused");
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_EQ(outcome.error, "connection refused");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(TimeoutFailure({"team", "slack", 0}, seconds(10)).error,
            "configured slack timeout reached (10s)");
}

TEST(RedactUrl, ReplacesEachOccurrence) {
  const Secret url("https://hooks.example/T0/secret");
  EXPECT_EQ(
      RedactUrl("Post \"https://hooks.example/T0/secret\": x https://hooks.example/T0/secret", url),
      "Post \"<redacted>\": x <redacted>");
  EXPECT_EQ(RedactUrl("nothing", url), "nothing");
  EXPECT_EQ(RedactUrl("", url), "");
  EXPECT_EQ(RedactUrl("nothing", Secret()), "nothing");
}

TEST(RedactUrl, ReplacesThePartsThatMayBeSecret) {
  struct Case {
    std::string url, text, shown;
  };
  const std::vector<Case> cases = {
      {"https://h/T0/B0/s3cr3t", R"({"path":"/T0/B0/s3cr3t"})", R"({"path":"<redacted>"})"},
      {"https://h/T0/B0/s3cr3t", "no hook s3cr3t at h", "no hook <redacted> at h"},
      {"https://h/T00000000/in", "team T00000000", "team <redacted>"},
      {"https://h/x%2Fyztoken/in", "x/yztoken or x%2Fyztoken", "<redacted> or <redacted>"},
      {"https://h/in?token=abcdefgh&v=1", "/in?token=abcdefgh&v=1; abcdefgh",
       "<redacted>; <redacted>"},
      {"https://bot:hunter2@h:8443/in", "hunter2 of bot at h:8443", "<redacted> of bot at h:8443"},
      {"https://h/hook#frag", "/hook", "<redacted>"},
      {"https://h/in", "nothing in here", "nothing in here"},
      {"https://h/", "/", "/"},
  };
  for (const Case& c : cases) EXPECT_EQ(RedactUrl(c.text, Secret(c.url)), c.shown) << c.url;
}

TEST(JudgeMailFailure, ClassifiesByCode) {
  struct Case {
    int code;
    bool authentication;
    Kind kind;
    std::string_view reason;
  };
  const std::vector<Case> cases = {
      {0, false, Kind::kRetry, "other"},      {421, false, Kind::kRetry, "other"},
      {451, false, Kind::kRetry, "other"},    {550, false, Kind::kGiveUp, "other"},
      {552, false, Kind::kGiveUp, "other"},   {535, true, Kind::kGiveUp, "authError"},
      {454, true, Kind::kRetry, "authError"}, {530, false, Kind::kGiveUp, "authError"},
      {0, true, Kind::kRetry, "authError"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = JudgeMailFailure(c.code, c.authentication, "RCPT TO: text");
    EXPECT_EQ(outcome.kind, c.kind) << c.code;
    EXPECT_EQ(ToString(outcome.reason), c.reason) << c.code;
    EXPECT_EQ(outcome.error, "RCPT TO: text");
    EXPECT_EQ(outcome.status, c.code);
  }
}

}  // namespace
}  // namespace tocsin::notifiers
