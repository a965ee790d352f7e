package edge

import "strings"

// wordsZh says in Chinese what the schema check says in English; %s is what
// stands in its place. The order matters: the first that fits is taken.
var wordsZh = []struct{ en, zh string }{
	{"unexpected property", "没有这个字段"},
	{"expected string to be RFC 3339 date-time", "须为 RFC 3339 时间，例如 2026-01-01T08:00:00+08:00"},
	{"expected string to match pattern %s", "格式不对，须符合 %s"},
	{"expected string to be %s", "格式不对，须为 %s"},
	{"expected string", "须为文字"},
	{"expected boolean", "须为 true 或 false"},
	{"expected integer", "须为整数"},
	{"expected number >= %s", "不能小于 %s"},
	{"expected number > %s", "须大于 %s"},
	{"expected number <= %s", "不能大于 %s"},
	{"expected number < %s", "须小于 %s"},
	{"expected number", "须为数字"},
	{"expected array items to be unique", "不能有重复的项"},
	{"expected array length >= %s", "至少 %s 项"},
	{"expected array length <= %s", "最多 %s 项"},
	{"expected array", "须为列表"},
	{"expected object with at least %s properties", "至少 %s 个字段"},
	{"expected object with at most %s properties", "最多 %s 个字段"},
	{"expected object", "须为对象"},
	{"expected value to be one of %s", "须为以下之一：%s"},
	{"expected length >= %s", "至少 %s 个字符"},
	{"expected length <= %s", "最多 %s 个字符"},
	{"expected required property %s to be present", "缺少字段 %s"},
	{"required %s parameter is missing", "缺少参数（%s）"},
	{"request body is required", "缺少请求内容"},
	{"unexpected end of JSON input", "JSON 不完整"},
	{"invalid character %s", "JSON 有误：字符 %s"},
	{"unknown content type: %s", "不支持的内容类型：%s"},
	{"unknown query parameter", "没有这个参数"},
	{"invalid integer", "须为整数"},
	{"invalid boolean", "须为 true 或 false"},
}

// inWords says what is wrong with a field in the reader's language; what has no
// Chinese words keeps its English ones.
func inWords(english bool, msg string) string {
	if english {
		return msg
	}
	for _, w := range wordsZh {
		before, after, filled := strings.Cut(w.en, "%s")
		if !filled {
			if msg == w.en {
				return w.zh
			}
			continue
		}
		if v, ok := strings.CutPrefix(msg, before); ok {
			if v, ok = strings.CutSuffix(v, after); ok {
				return strings.Replace(w.zh, "%s", v, 1)
			}
		}
	}
	return msg
}
