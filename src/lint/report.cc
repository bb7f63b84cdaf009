#include "lint/report.h"

#include "base/json_writer.h"

namespace tocsin::lint {
namespace {

constexpr int kErrors = 1;
constexpr int kFindingsAlone = 3;

void AppendCount(const Findings& findings, Severity severity, std::string* out) {
  const std::size_t count = findings.Count(severity);
  if (count == 0) return;
  *out += (out->empty() ? "" : ", ") + std::to_string(count) + " " +
          std::string(ToString(severity)) + "(s)";
}

void WriteFinding(const Finding& finding, JsonWriter* json) {
  json->BeginObject();
  json->Key("id").String(finding.id);
  json->Key("severity").String(ToString(finding.severity));
  json->Key("file").String(finding.position.file);
  json->Key("line").Int(finding.position.line);
  json->Key("column").Int(finding.position.column);
  json->Key("message").String(finding.message);
  json->EndObject();
}

void WriteCounts(const CheckedFile& file, JsonWriter* json) {
  const auto count = [&](Severity severity) {
    return static_cast<std::int64_t>(file.findings.Count(severity));
  };
  json->BeginObject();
  json->Key("path").String(file.path);
  json->Key("errors").Int(count(Severity::kError));
  json->Key("warnings").Int(count(Severity::kWarning));
  json->Key("notices").Int(count(Severity::kNotice));
  json->EndObject();
}

// What would end a workflow command, or one of its properties.
std::string Escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      case ':':
        out += property ? "%3A" : ":";
        break;
      case ',':
        out += property ? "%2C" : ",";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::string FindingsText(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings.all()) {
    text += ToString(finding) + "\n" + finding.excerpt;
  }
  return text;
}

std::string VerdictText(const CheckedFile& file) {
  std::string counts;
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kNotice}) {
    AppendCount(file.findings, severity, &counts);
  }
  return file.path + ": " + (counts.empty() ? "ok" : counts) + "\n";
}

std::string ReportJson(const std::vector<CheckedFile>& files) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  json.Key("files").BeginArray();
  for (const CheckedFile& file : files) WriteCounts(file, &json);
  json.EndArray();
  json.Key("findings").BeginArray();
  for (const CheckedFile& file : files) {
    for (const Finding& finding : file.findings.all()) WriteFinding(finding, &json);
  }
  json.EndArray();
  json.EndObject();
  return text + "\n";
}

std::string ReportGithub(const std::vector<CheckedFile>& files) {
  std::string text;
  for (const CheckedFile& file : files) {
    for (const Finding& finding : file.findings.all()) {
      text += "::" + std::string(ToString(finding.severity)) +
              " file=" + Escaped(finding.position.file, true);
      if (finding.position.line > 0) {
        text += ",line=" + std::to_string(finding.position.line) +
                ",col=" + std::to_string(finding.position.column);
      }
      text += ",title=" + Escaped(finding.id, true) + "::" + Escaped(finding.message, false) + "\n";
    }
  }
  return text;
}

int ExitStatus(const std::vector<CheckedFile>& files) {
  int status = 0;
  for (const CheckedFile& file : files) {
    if (file.findings.Count(Severity::kError) > 0) return kErrors;
    if (file.findings.Count(Severity::kWarning) > 0) status = kFindingsAlone;
  }
  return status;
}

}  // namespace tocsin::lint
