#include "config/fields.h"

#include "base/duration.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

#include <algorithm>
#include <utility>

namespace tocsin::config {

void FieldReader::RequiredText(std::string_view key, std::string* out, std::string_view missing) {
  reader_.Read(key, out);
  if (out->empty()) reader_.Error(key, std::string(missing));
}

void FieldReader::Trees(std::string_view key, std::map<std::string, YamlNodePtr>* out) {
  const YamlNodePtr node = reader_.Get(key);
  if (node == nullptr) return;
  if (!node->is_mapping()) {
    reader_.Error(key,
                  std::string(key) + " must be a mapping, not " + std::string(KindName(*node)));
  }
  for (const YamlNode::Entry& entry : node->entries()) {
    (*out)[entry.key->text()] = entry.value;
  }
}

void FieldReader::Address(std::string_view key, HostPort* out) {
  ReadHostPort(&reader_, key, out);
}

void FieldReader::Tls(std::string_view key, TlsConfig* out) {
  if (const YamlNodePtr node = reader_.Get(key)) *out = ReadTlsConfig(source_, node);
}

void FieldReader::Tls(std::string_view key, std::optional<TlsConfig>* out) {
  if (const YamlNodePtr node = reader_.Get(key)) *out = ReadTlsConfig(source_, node);
}

void FieldReader::Headers(std::string_view key, std::map<std::string, ExtraHeader>* out) {
  if (const YamlNodePtr node = reader_.Get(key)) ReadHeaders(source_, node, key, out);
}

void FieldReader::HttpConfig(HttpClientConfigPtr* out) {
  if (const YamlNodePtr node = reader_.Get("http_config")) *out = ReadHttpConfig(source_, node);
}

void FieldReader::Password(std::string_view key, std::string_view file_key, SecretOrFile* out) {
  reader_.Read(key, &out->value);
  reader_.ReadPath(file_key, &out->file);
  reader_.AtMostOne(key, file_key);
}

void FieldReader::SecretUrl(std::string_view key, std::string_view file_key, SecretOrFile* out) {
  reader_.ReadSecretUrl(key, &out->value);
  reader_.ReadPath(file_key, &out->file);
  reader_.AtMostOne(key, file_key);
}

void FieldWriter::Tree(std::string_view key, const YamlNodePtr* tree) {
  if (*tree != nullptr) writer_->Node(key, **tree);
}

void FieldWriter::Trees(std::string_view key, const std::map<std::string, YamlNodePtr>* trees) {
  if (trees->empty()) return;
  writer_->BeginMapping(key);
  std::vector<std::string_view> names;
  for (const auto& [name, tree] : *trees) names.push_back(name);
  std::sort(names.begin(), names.end(), YamlKeyLess);
  for (const std::string_view name : names) writer_->Node(name, *trees->at(std::string(name)));
  writer_->EndMapping();
}

void FieldWriter::Flag(std::string_view key, const bool* flag) {
  if (*flag) writer_->Bool(key, true);
}

void FieldWriter::Flag(std::string_view key, const std::optional<bool>* flag) {
  if (*flag) writer_->Bool(key, **flag);
}

void FieldWriter::Number(std::string_view key, const std::int64_t* number) {
  if (*number != 0) writer_->Number(key, *number);
}

void FieldWriter::Fraction(std::string_view key, const double* number) {
  if (*number != 0) writer_->Number(key, *number);
}

void FieldWriter::Headers(std::string_view key, const std::map<std::string, ExtraHeader>* headers) {
  WriteHeaders(key, *headers, writer_);
}

void FieldWriter::HttpConfig(const HttpClientConfigPtr* config) {
  if (*config) WriteHttpConfig(**config, writer_);
}

void FieldWriter::PrometheusDuration(std::string_view key, const Duration* duration) {
  if (*duration != Duration::zero()) AnyPrometheusDuration(key, duration);
}

void FieldWriter::AnyPrometheusDuration(std::string_view key, const Duration* duration) {
  writer_->Text(key, FormatPrometheusDuration(*duration));
}

void FieldWriter::GoDuration(std::string_view key, const Duration* duration) {
  if (*duration != Duration::zero()) AnyGoDuration(key, duration);
}

void FieldWriter::AnyGoDuration(std::string_view key, const Duration* duration) {
  writer_->Text(key, FormatGoDuration(*duration));
}

void FieldWriter::Tls(std::string_view key, const TlsConfig* tls) {
  WriteTlsConfig(key, *tls, writer_);
}

void FieldWriter::Password(std::string_view key, std::string_view file_key,
                           const SecretOrFile* secret) {
  writer_->SecretIfAny(key, secret->value);
  writer_->TextIfAny(file_key, secret->file);
}

}  // namespace tocsin::config
