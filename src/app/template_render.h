#pragma once

// `tocsin template render`: prints what a template gives, or what is wrong with it and where.

#include <cstdio>
#include <string>
#include <vector>

namespace tocsin::app {

struct TemplateRenderOptions {
  // amtool's flags under their own names.
  std::vector<std::string> globs;
  std::string text;
  std::string type = "text";  // Or "html".
  std::string data_file;

  // Of a rule: its annotation, or label, in the place of `text`, and what it sees.
  bool is_rule = false;
  std::string annotation;
  std::string alert = "Alert";
  std::vector<std::string> labels;  // NAME=VALUE
  std::vector<std::string> external_labels;
  std::string external_url;
  std::string value = "0";
  std::string query_file;
};

// The exit status: 0; 1 for an error, which goes to `errors`; 2 for values that make no sense.
int RunTemplateRender(const TemplateRenderOptions& options, std::FILE* out, std::FILE* errors);

}  // namespace tocsin::app
