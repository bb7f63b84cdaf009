#include "bench/load/vector_answers.h"

#include <array>
#include <cstdio>

namespace tocsin::load {
namespace {

constexpr std::string_view kBegin =
    R"({"status":"success","data":{"resultType":"vector","result":[)";
constexpr std::size_t kTimeDigits = 14;  // With the point: 1700000000.000

template <class... Values>
void AppendFormat(std::string* out, const char* format, Values... values) {
  std::array<char, 512> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  *out += text.data();
}

void AppendSeries(const char* format, std::uint64_t series, std::uint64_t i, std::string* out) {
  AppendFormat(out, format, static_cast<unsigned long long>(series), static_cast<int>(i % 4),
               static_cast<unsigned long long>(i), static_cast<int>(i % 97),
               static_cast<unsigned long long>(i));
}

std::string TimeText(Time time) {
  std::string text;
  AppendFormat(&text, "%014.3f", UnixSeconds(time));
  return text;
}

// victoria-metrics' own field; others skip it.
std::string End(std::uint64_t series) {
  return R"(]},"stats":{"seriesFetched":")" + std::to_string(series) + R"("}})";
}

// 81.000 to 89.999 or 90.000 to 98.999: never the threshold itself.
void PutValue(std::uint64_t seed, char* value) {
  const std::uint64_t bits = (seed * 0x9E3779B97F4A7C15) >> 40;
  const bool eighties = bits % 2 == 1;
  value[0] = eighties ? '8' : '9';
  value[1] = static_cast<char>((eighties ? '1' : '0') + (bits >> 1) % 9);
  value[3] = static_cast<char>('0' + (bits >> 5) % 10);
  value[4] = static_cast<char>('0' + (bits >> 9) % 10);
  value[5] = static_cast<char>('0' + (bits >> 13) % 10);
}

}  // namespace

VectorAnswers::Template VectorAnswers::Build(std::uint64_t series) {
  Template answer;
  answer.text = kBegin;
  for (std::uint64_t i = 0; i < series; ++i) {
    if (i > 0) answer.text += ',';
    AppendSeries(R"({"metric":{"__name__":"bench_%llu","cluster":"c%02d",)"
                 R"("instance":"host-%07llu.dc1.example.net:9100","job":"node",)"
                 R"("namespace":"ns-%03d","pod":"app-%07llu"},"value":[)",
                 series, i, &answer.text);
    answer.times.push_back(answer.text.size());
    answer.text += R"(0000000000.000,")";
    answer.values.push_back(answer.text.size());
    answer.text += R"(80.000"]})";
  }
  answer.text += End(series);
  return answer;
}

std::string VectorAnswers::Vector(std::uint64_t series, Time time) {
  Template& ready = templates_[series];
  if (ready.text.empty()) ready = Build(series);
  ++answers_;
  const std::string stamp = TimeText(time);
  std::string answer = ready.text;
  for (std::size_t i = 0; i < ready.times.size(); ++i) {
    answer.replace(ready.times[i], kTimeDigits, stamp);
    PutValue(i + answers_ * 7919, &answer[ready.values[i]]);
  }
  return answer;
}

std::string VectorAnswers::Toggle(std::uint64_t sequence, bool present, Time time) {
  std::string answer(kBegin);
  if (present) {
    const std::string number = std::to_string(sequence);
    answer += R"({"metric":{"__name__":"toggle_)" + number +
              R"(","instance":"host-1:9100","seq":")" + number + R"("},"value":[)" +
              TimeText(time) + R"(,"95.5"]})";
  }
  return answer + End(1);
}

std::string VectorAnswers::Scrape(std::uint64_t series, Time time) {
  std::string text;
  for (std::uint64_t i = 0; i < series; ++i) {
    AppendSeries(R"(bench_%llu{cluster="c%02d",instance="host-%07llu.dc1.example.net:9100",)"
                 R"(job="node",namespace="ns-%03d",pod="app-%07llu"})",
                 series, i, &text);
    AppendFormat(&text, " %d.5 %lld\n", static_cast<int>(81 + i % 18), UnixMillis(time));
  }
  return text;
}

}  // namespace tocsin::load
