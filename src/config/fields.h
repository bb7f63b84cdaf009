#pragma once

// One list of a block's keys does for reading and for printing it: a function template that names
// each key and its variable, and is run with a FieldReader on a block or with a FieldWriter on the
// value. Whether an empty value is printed depends on what its absence means: methods called Any...
// print it, since without it the default would come back; the others leave it out.
//
// What has to be checked or inherited is done by whoever runs the reader, on the value.

#include "config/config.h"
#include "config/object_reader.h"
#include "config/yaml_writer.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

class FieldReader {
 public:
  static constexpr bool kReads = true;

  // `what` names the block in messages. Finish() comes last, as with any ObjectReader.
  FieldReader(const Source& source, const YamlNodePtr& node, std::string_view what)
      : source_(source), reader_(source, node, what) {}

  ObjectReader& reader() { return reader_; }

  void Text(std::string_view key, std::string* out) { reader_.Read(key, out); }
  void AnyText(std::string_view key, std::string* out) { reader_.Read(key, out); }
  // Reports an empty one with this message.
  void RequiredText(std::string_view key, std::string* out, std::string_view missing);
  void Texts(std::string_view key, std::vector<std::string>* out) { reader_.Read(key, out); }
  void Map(std::string_view key, std::map<std::string, std::string>* out) {
    reader_.Read(key, out);
  }
  // Values of any kind.
  void Tree(std::string_view key, YamlNodePtr* out) { *out = reader_.Get(key); }
  void Trees(std::string_view key, std::map<std::string, YamlNodePtr>* out);
  void Flag(std::string_view key, bool* out) { reader_.Read(key, out); }
  void AnyFlag(std::string_view key, bool* out) { reader_.Read(key, out); }
  void Flag(std::string_view key, std::optional<bool>* out) { reader_.Read(key, out); }
  void AnyNumber(std::string_view key, std::uint64_t* out) { reader_.Read(key, out); }
  void Number(std::string_view key, std::int64_t* out) { reader_.Read(key, out); }
  void Fraction(std::string_view key, double* out) { reader_.Read(key, out); }
  void PrometheusDuration(std::string_view key, Duration* out) { reader_.ReadDuration(key, out); }
  void AnyPrometheusDuration(std::string_view key, Duration* out) {
    reader_.ReadDuration(key, out);
  }
  void GoDuration(std::string_view key, Duration* out) { reader_.ReadGoDuration(key, out); }
  void AnyGoDuration(std::string_view key, Duration* out) { reader_.ReadGoDuration(key, out); }
  void Path(std::string_view key, std::string* out) { reader_.ReadPath(key, out); }
  void AnyPath(std::string_view key, std::string* out) { reader_.ReadPath(key, out); }
  void Url(std::string_view key, std::string* out) { reader_.ReadUrl(key, out); }
  void Address(std::string_view key, HostPort* out);
  void Tls(std::string_view key, TlsConfig* out);
  void Tls(std::string_view key, std::optional<TlsConfig>* out);
  void Headers(std::string_view key, std::map<std::string, ExtraHeader>* out);
  // Under the key http_config.
  void HttpConfig(HttpClientConfigPtr* out);
  void Password(std::string_view key, Secret* out) { reader_.Read(key, out); }
  void SecretUrl(std::string_view key, Secret* out) { reader_.ReadSecretUrl(key, out); }
  // Reports it if both are there.
  void Password(std::string_view key, std::string_view file_key, SecretOrFile* out);
  void SecretUrl(std::string_view key, std::string_view file_key, SecretOrFile* out);

  // `describe(fields, value)` names the keys of an item, or of the block.
  template <class T, class Describe>
  void List(std::string_view key, std::string_view what, std::vector<T>* out, Describe describe) {
    out->clear();
    for (const YamlNodePtr& node : reader_.ReadList(key)) {
      ReadBlock(node, what, &out->emplace_back(), describe);
    }
  }
  template <class T, class Describe>
  void Block(std::string_view key, std::string_view what, T* out, Describe describe) {
    if (const YamlNodePtr node = reader_.Get(key)) ReadBlock(node, what, out, describe);
  }
  template <class T, class Describe>
  void Block(std::string_view key, std::string_view what, std::optional<T>* out,
             Describe describe) {
    if (const YamlNodePtr node = reader_.Get(key)) {
      ReadBlock(node, what, &out->emplace(), describe);
    }
  }

 private:
  template <class T, class Describe>
  void ReadBlock(const YamlNodePtr& node, std::string_view what, T* out, Describe describe) {
    FieldReader fields(source_, node, what);
    describe(fields, out);
    fields.reader().Finish();
  }

  const Source& source_;
  ObjectReader reader_;
};

class FieldWriter {
 public:
  static constexpr bool kReads = false;

  explicit FieldWriter(YamlWriter* writer) : writer_(writer) {}

  YamlWriter& writer() { return *writer_; }

  void Text(std::string_view key, const std::string* text) { writer_->TextIfAny(key, *text); }
  void AnyText(std::string_view key, const std::string* text) { writer_->Text(key, *text); }
  void RequiredText(std::string_view key, const std::string* text, std::string_view) {
    writer_->Text(key, *text);
  }
  void Texts(std::string_view key, const std::vector<std::string>* texts) {
    writer_->TextsIfAny(key, *texts);
  }
  void Map(std::string_view key, const std::map<std::string, std::string>* map) {
    writer_->MapIfAny(key, *map);
  }
  void Tree(std::string_view key, const YamlNodePtr* tree);
  void Trees(std::string_view key, const std::map<std::string, YamlNodePtr>* trees);
  void Flag(std::string_view key, const bool* flag);
  void AnyFlag(std::string_view key, const bool* flag) { writer_->Bool(key, *flag); }
  void Flag(std::string_view key, const std::optional<bool>* flag);
  void AnyNumber(std::string_view key, const std::uint64_t* number) {
    writer_->Number(key, *number);
  }
  void Number(std::string_view key, const std::int64_t* number);
  void Fraction(std::string_view key, const double* number);
  void PrometheusDuration(std::string_view key, const Duration* duration);
  void AnyPrometheusDuration(std::string_view key, const Duration* duration);
  void GoDuration(std::string_view key, const Duration* duration);
  void AnyGoDuration(std::string_view key, const Duration* duration);
  void Path(std::string_view key, const std::string* path) { writer_->TextIfAny(key, *path); }
  void AnyPath(std::string_view key, const std::string* path) { writer_->Text(key, *path); }
  void Url(std::string_view key, const std::string* url) { writer_->TextIfAny(key, *url); }
  void Address(std::string_view key, const HostPort* address) {
    writer_->TextIfAny(key, address->ToString());
  }
  void Tls(std::string_view key, const TlsConfig* tls);
  void Tls(std::string_view key, const std::optional<TlsConfig>* tls) {
    if (*tls) Tls(key, &**tls);
  }
  void Headers(std::string_view key, const std::map<std::string, ExtraHeader>* headers);
  void HttpConfig(const HttpClientConfigPtr* config);
  void Password(std::string_view key, const Secret* secret) { writer_->SecretIfAny(key, *secret); }
  void SecretUrl(std::string_view key, const Secret* url) { writer_->SecretIfAny(key, *url); }
  void Password(std::string_view key, std::string_view file_key, const SecretOrFile* secret);
  void SecretUrl(std::string_view key, std::string_view file_key, const SecretOrFile* secret) {
    Password(key, file_key, secret);
  }

  template <class T, class Describe>
  void List(std::string_view key, std::string_view, const std::vector<T>* items,
            Describe describe) {
    if (items->empty()) return;
    writer_->BeginList(key);
    for (const T& item : *items) {
      writer_->BeginItem();
      describe(*this, &item);
      writer_->EndItem();
    }
    writer_->EndList();
  }
  template <class T, class Describe>
  void Block(std::string_view key, std::string_view, const T* value, Describe describe) {
    writer_->BeginMapping(key);
    describe(*this, value);
    writer_->EndMapping();
  }
  template <class T, class Describe>
  void Block(std::string_view key, std::string_view what, const std::optional<T>* value,
             Describe describe) {
    if (*value) Block(key, what, &**value, describe);
  }

 private:
  YamlWriter* writer_;
};

}  // namespace tocsin::config
