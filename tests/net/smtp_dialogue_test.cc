#include "net/smtp_dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

using Action = SmtpDialogue::Step::Action;
using Kind = MailFailure::Kind;

MailCall Call() {
  MailCall call;
  call.host = "mail.example";
  call.port = "25";
  call.hello = "me.example";
  call.tls_mode = MailTls::kNone;
  call.from = "from@example";
  call.recipients = {"a@example", "b@example"};
  call.message = "Subject: x\r\n\r\nhello\r\n";
  return call;
}

// Plays a conversation: what the server says, what the client must say to it.
struct Turn {
  std::string server;
  std::string client;  // Without the line end; `<tls>` for a handshake.
};

SmtpReply Parse(const std::string& text) {
  SmtpReplyReader reader;
  reader.Feed(text + "\r\n");
  SmtpReply reply;
  EXPECT_EQ(reader.Next(&reply), SmtpReplyReader::State::kComplete) << text;
  return reply;
}

// The result after the last turn, whose `client` is not looked at.
MailResult Play(const MailCall& call, const std::vector<Turn>& turns) {
  SmtpDialogue dialogue(&call);
  for (const Turn& turn : turns) {
    SmtpDialogue::Step step =
        turn.server == "<tls>" ? dialogue.OnTlsStarted() : dialogue.OnReply(Parse(turn.server));
    if (step.action == Action::kFinish) return step.result;
    if (step.action == Action::kStartTls) {
      EXPECT_EQ(turn.client, "<tls>");
    } else {
      EXPECT_EQ(step.bytes, turn.client + "\r\n");
    }
  }
  ADD_FAILURE() << "the conversation goes on";
  return {};
}

TEST(SmtpReplyReader, PutsRepliesTogether) {
  SmtpReplyReader reader;
  SmtpReply reply;
  reader.Feed("250-one\r\n25");
  EXPECT_EQ(reader.Next(&reply), SmtpReplyReader::State::kIncomplete);
  reader.Feed("0-\r\n250 three\r\n550");
  EXPECT_EQ(reader.Next(&reply), SmtpReplyReader::State::kComplete);
  EXPECT_EQ(reply.code, 250);
  EXPECT_EQ(reply.lines, (std::vector<std::string>{"one", "", "three"}));
  EXPECT_TRUE(reader.HasRest());
  reader.Feed("\n");
  EXPECT_EQ(reader.Next(&reply), SmtpReplyReader::State::kComplete);
  EXPECT_EQ(reply.ToString(), "550 ");
  for (const char* text : {"hello\r\n", "25\r\n", "250x\r\n", "HTTP/1.1 400\r\n"}) {
    SmtpReplyReader other;
    other.Feed(text);
    EXPECT_EQ(other.Next(&reply), SmtpReplyReader::State::kBroken) << text;
  }
  SmtpReplyReader endless;
  endless.Feed(std::string(70000, '2'));
  EXPECT_EQ(endless.Next(&reply), SmtpReplyReader::State::kBroken);
}

TEST(EncodeMailData, DoublesDotsAndEndsLines) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ".\r\n"},
      {"a", "a\r\n.\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {".a\r\n..b\r\nc.d\r\n.", "..a\r\n...b\r\nc.d\r\n..\r\n.\r\n"},
      {"a\n.\nb\r.\rc", "a\r\n..\r\nb\r\n..\r\nc\r\n.\r\n"},
  };
  for (const auto& [message, data] : cases) EXPECT_EQ(EncodeMailData(message), data);
}

TEST(CheckMailCall, RefusesWhatBreaksOut) {
  EXPECT_FALSE(CheckMailCall(Call()));
  MailCall call = Call();
  call.recipients.clear();
  EXPECT_TRUE(CheckMailCall(call));
  for (const char* address : {"", "a b", "a\r\nRCPT TO:<x>", "a>", "<a"}) {
    call = Call();
    call.recipients.push_back(address);
    EXPECT_TRUE(CheckMailCall(call)) << address;
    call = Call();
    call.from = address;
    EXPECT_TRUE(CheckMailCall(call)) << address;
    call = Call();
    call.hello = address;
    EXPECT_TRUE(CheckMailCall(call)) << address;
  }
}

TEST(SmtpDialogue, DeliversPlainly) {
  const MailResult result = Play(Call(), {
                                             {"220 hi", "EHLO me.example"},
                                             {"250-hello\r\n250-STARTTLS\r\n250 8bitmime",
                                              "MAIL FROM:<from@example> BODY=8BITMIME"},
                                             {"250 ok", "RCPT TO:<a@example>"},
                                             {"251 forwarded", "RCPT TO:<b@example>"},
                                             {"250 ok", "DATA"},
                                             {"354 go", "Subject: x\r\n\r\nhello\r\n."},
                                             {"250 queued", ""},
                                         });
  EXPECT_TRUE(result);
}

TEST(SmtpDialogue, SaysHeloToOldServers) {
  MailCall call = Call();
  call.auth.username = "user";  // Not offered, so not used.
  EXPECT_EQ(Play(call, {{"220 hi", "EHLO me.example"},
                        {"502 what", "HELO me.example"},
                        {"250-hello\r\n250 AUTH PLAIN", "MAIL FROM:<from@example>"},
                        {"451 later", ""}})
                .error()
                .smtp_code,
            451);
  EXPECT_EQ(Play(call, {{"220 hi", "EHLO me.example"}, {"421 closing", ""}}).error().smtp_code,
            421);
}

TEST(SmtpDialogue, AsksForUtf8OnlyIfItIsNeeded) {
  MailCall call = Call();
  call.recipients = {"ü@example"};
  Play(call, {{"220 hi", "EHLO me.example"},
              {"250-hello\r\n250 SMTPUTF8", "MAIL FROM:<from@example> SMTPUTF8"},
              {"550 no", ""}});
  Play(Call(), {{"220 hi", "EHLO me.example"},
                {"250-hello\r\n250 SMTPUTF8", "MAIL FROM:<from@example>"},
                {"550 no", ""}});
}

TEST(SmtpDialogue, OneRecipientWhoIsRefusedKeepsItFromNoOther) {
  const std::vector<Turn> begin = {{"220 hi", "EHLO me.example"},
                                   {"250 hello", "MAIL FROM:<from@example>"},
                                   {"250 ok", "RCPT TO:<a@example>"}};
  const auto play = [&begin](std::vector<Turn> rest) {
    rest.insert(rest.begin(), begin.begin(), begin.end());
    return Play(Call(), rest);
  };
  const MailResult first = play({{"550 gone", "RCPT TO:<b@example>"},
                                 {"250 ok", "DATA"},
                                 {"354 go", "Subject: x\r\n\r\nhello\r\n."},
                                 {"250 queued", ""}});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->refused, std::vector<std::string>{"a@example: 550 gone"});
  const MailResult last = play({{"250 ok", "RCPT TO:<b@example>"},
                                {"550 gone", "DATA"},
                                {"354 go", "Subject: x\r\n\r\nhello\r\n."},
                                {"250 queued", ""}});
  ASSERT_TRUE(last) << last.error().message;
  EXPECT_EQ(last->refused, std::vector<std::string>{"b@example: 550 gone"});
  EXPECT_EQ(play({{"550 gone", "RCPT TO:<b@example>"}, {"551 gone", ""}}).error().message,
            "RCPT TO: 551 gone");
  // Sent now, it would be sent to the others again with the next attempt.
  EXPECT_EQ(play({{"250 ok", "RCPT TO:<b@example>"}, {"450 later", ""}}).error().smtp_code, 450);
  EXPECT_EQ(play({{"250 ok", "RCPT TO:<b@example>"}, {"552 too many", ""}}).error().smtp_code, 552);
}

TEST(SmtpDialogue, ReportsWhoRefusedWhat) {
  const std::vector<Turn> whole = {
      {"220 hi", "EHLO me.example"},
      {"250 hello", "MAIL FROM:<from@example>"},
      {"250 ok", "RCPT TO:<a@example>"},
      {"250 ok", "RCPT TO:<b@example>"},
      {"250 ok", "DATA"},
      {"354 go", "Subject: x\r\n\r\nhello\r\n."},
      {"250 queued", ""},
  };
  const std::pair<std::size_t, const char*> cases[] = {
      {0, "greeting"}, {2, "MAIL FROM"}, {5, "DATA"}, {6, "message"}};
  for (const auto& [at, what] : cases) {
    std::vector<Turn> turns(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at));
    turns.push_back({"554-5.7.1 no\r\n554 really", ""});
    const MailResult result = Play(Call(), turns);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::kRejected);
    EXPECT_EQ(result.error().smtp_code, 554);
    EXPECT_EQ(result.error().message, std::string(what) + ": 554 5.7.1 no\nreally");
  }
}

TEST(SmtpDialogue, StartsTlsAndForgetsWhatWasSaidBefore) {
  MailCall call = Call();
  call.tls_mode = MailTls::kStartTls;
  call.auth.username = "user";
  call.auth.password = Secret("pass");
  const MailResult result =
      Play(call, {
                     {"220 hi", "EHLO me.example"},
                     {"250-hello\r\n250-AUTH LOGIN\r\n250 STARTTLS", "STARTTLS"},
                     {"220 go", "<tls>"},
                     {"<tls>", "EHLO me.example"},
                     {"250-hello\r\n250 AUTH PLAIN LOGIN", "AUTH PLAIN AHVzZXIAcGFzcw=="},
                     {"235 ok", "MAIL FROM:<from@example>"},
                     {"550 no", ""},
                 });
  EXPECT_EQ(result.error().kind, Kind::kRejected);
}

TEST(SmtpDialogue, RequiresTls) {
  MailCall call = Call();
  call.tls_mode = MailTls::kStartTls;
  const MailResult missing = Play(call, {{"220 hi", "EHLO me.example"}, {"250 hello", ""}});
  EXPECT_EQ(missing.error().kind, Kind::kTls);
  EXPECT_EQ(missing.error().message,
            "'require_tls' is true (default) but \"mail.example:25\" does not advertise the "
            "STARTTLS extension");
  const MailResult refused = Play(
      call,
      {{"220 hi", "EHLO me.example"}, {"250-hello\r\n250 STARTTLS", "STARTTLS"}, {"454 no", ""}});
  EXPECT_EQ(refused.error().smtp_code, 454);
}

std::vector<Turn> WithAuth(const std::string& mechanisms, std::vector<Turn> more) {
  std::vector<Turn> turns = {{"220 hi", "EHLO me.example"}};
  more[0].server = "250-hello\r\n250 AUTH " + mechanisms;
  turns.insert(turns.end(), more.begin(), more.end());
  return turns;
}

TEST(SmtpDialogue, LogsIn) {
  MailCall call = Call();
  call.host = "localhost";
  call.auth.username = "user";
  call.auth.identity = "boss";
  call.auth.password = Secret("pass");
  const Turn mail{"235 ok", "MAIL FROM:<from@example>"};
  const Turn end{"550 end", ""};
  EXPECT_EQ(
      Play(call, WithAuth("PLAIN LOGIN", {{"", "AUTH PLAIN Ym9zcwB1c2VyAHBhc3M="}, mail, end}))
          .error()
          .kind,
      Kind::kRejected);
  EXPECT_EQ(Play(call, WithAuth("NTLM cram-md5 LOGIN PLAIN", {{"", "AUTH LOGIN"},
                                                              {"334 VXNlcm5hbWU6", "dXNlcg=="},
                                                              {"334 cGFzc3dvcmQ6", "cGFzcw=="},
                                                              mail,
                                                              end}))
                .error()
                .kind,
            Kind::kRejected);
  // The example of RFC 2195.
  call.auth.username = "tim";
  call.auth.secret = Secret("tanstaaftanstaaf");
  EXPECT_EQ(Play(call, WithAuth("CRAM-MD5 PLAIN",
                                {{"", "AUTH CRAM-MD5"},
                                 {"334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
                                  "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"},
                                 mail,
                                 end}))
                .error()
                .kind,
            Kind::kRejected);
}

TEST(SmtpDialogue, WhatAReplyRepeatsOfTheLoginIsRedacted) {
  MailCall call = Call();
  call.host = "localhost";
  call.auth.username = "user";
  call.auth.password = Secret("hunter2");
  const MailResult plain =
      Play(call, WithAuth("PLAIN", {{"", "AUTH PLAIN AHVzZXIAaHVudGVyMg=="},
                                    {"535 no AHVzZXIAaHVudGVyMg== for user, hunter2", ""}}));
  EXPECT_EQ(plain.error().message, "AUTH: 535 no <redacted> for user, <redacted>");
  const MailResult later = Play(call, WithAuth("PLAIN", {{"", "AUTH PLAIN AHVzZXIAaHVudGVyMg=="},
                                                         {"235 ok", "MAIL FROM:<from@example>"},
                                                         {"550 aHVudGVyMg==", ""}}));
  EXPECT_THAT(later.error().message, ::testing::EndsWith(": 550 <redacted>"));
}

TEST(SmtpDialogue, DoesNotLogInSomehow) {
  MailCall call = Call();
  call.auth.username = "user";
  call.auth.password = Secret("pass");
  struct Case {
    std::string mechanisms;
    std::vector<Turn> turns;
    std::string message;
    int code;
  };
  const Case cases[] = {
      {"PLAIN LOGIN", {{"", ""}}, "PLAIN auth: unencrypted connection", 0},
      {"CRAM-MD5 XYZ",
       {{"", ""}},
       "missing secret for CRAM-MD5 auth mechanism\nunknown auth mechanism: XYZ",
       0},
      {"LOGIN",
       {{"", "AUTH LOGIN"}, {"334 UGluOg==", ""}},
       "LOGIN auth: unexpected server challenge",
       0},
      {"LOGIN", {{"", "AUTH LOGIN"}, {"535 5.7.8 bad", ""}}, "AUTH: 535 5.7.8 bad", 535},
      {"LOGIN",
       {{"", "AUTH LOGIN"},
        {"334 VXNlcm5hbWU6", "dXNlcg=="},
        {"334 UGFzc3dvcmQ6", "cGFzcw=="},
        {"535 bad", ""}},
       "AUTH: 535 bad",
       535},
  };
  for (const Case& c : cases) {
    const MailResult result = Play(call, WithAuth(c.mechanisms, c.turns));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::kAuth);
    EXPECT_EQ(result.error().message, c.message);
    EXPECT_EQ(result.error().smtp_code, c.code);
  }
  call.auth.password = Secret();
  EXPECT_EQ(Play(call, WithAuth("LOGIN PLAIN", {{"", ""}})).error().message,
            "missing password for LOGIN auth mechanism\nmissing password for PLAIN auth mechanism");
}

}  // namespace
}  // namespace tocsin::net
