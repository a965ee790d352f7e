package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// field describes one member of a v3 body. Lengths are in bytes, as WeChat counts.
type field struct {
	name     string
	label    string // 字段 as WeChat's messages call it
	kind     string // text, int, bool, time, url, object, list, texts
	required bool
	min, max int64
	form     *regexp.Regexp
	enum     []string
	sub      []field
}

type paramError struct{ path, value, message string }

var (
	tradeNoForm  = regexp.MustCompile(`^[0-9A-Za-z_\-|*]{6,32}$`)
	refundNoForm = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{1,64}$`)
)

// strict reads the body by its description and then into v; on failure it has answered.
func (c *call) strict(fields []field, v any) bool {
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.UseNumber()
	var raw any
	err := dec.Decode(&raw)
	if err == nil {
		if _, extra := dec.Token(); extra != io.EOF {
			err = fmt.Errorf("something stands behind the JSON value")
		}
	}
	object, ok := raw.(map[string]any)
	if err != nil || !ok || !utf8.Valid(c.body) {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "请求体不是合法的JSON", map[string]string{"location": "body"})
		c.refused("the body is not one JSON object: %v", err)
		return false
	}
	if e := checkObject("/body", fields, object); e != nil {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", e.message, map[string]string{"field": e.path, "value": e.value, "issue": e.message, "location": "body"})
		return false
	}
	c.members = object
	if err := json.Unmarshal(c.body, v); err != nil {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "请求体不是合法的JSON", map[string]string{"location": "body"})
		c.refused("%v", err)
		return false
	}
	return true
}

func checkObject(path string, fields []field, object map[string]any) *paramError {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			return &paramError{path + "/" + name, "", "请求中含有未在API文档中定义的参数“" + path + "/" + name + "”"}
		}
	}
	for _, f := range fields {
		value, given := object[f.name]
		if !given {
			if f.required {
				return f.wrong(path, "", "必填性规则校验失败，此字段为必填项")
			}
			continue
		}
		if e := f.check(path, value); e != nil {
			return e
		}
	}
	return nil
}

func (f field) wrong(path, value, rule string) *paramError {
	path += "/" + f.name
	label := f.label
	if label == "" {
		label = f.name
	}
	return &paramError{path, value, fmt.Sprintf("输入源“%s”映射到值字段“%s”%s", path, label, rule)}
}

func (f field) check(path string, value any) *paramError {
	if value == nil {
		return f.wrong(path, "null", "不允许为null")
	}
	switch f.kind {
	case "int":
		return f.checkInt(path, value)
	case "bool":
		if _, ok := value.(bool); !ok {
			return f.wrong(path, fmt.Sprint(value), "类型错误，应为布尔值")
		}
	case "object":
		object, ok := value.(map[string]any)
		if !ok {
			return f.wrong(path, "", "类型错误，应为对象")
		}
		return checkObject(path+"/"+f.name, f.sub, object)
	case "list", "texts":
		return f.checkList(path, value)
	default:
		return f.checkText(path, value)
	}
	return nil
}

func (f field) checkInt(path string, value any) *paramError {
	number, ok := value.(json.Number)
	if !ok {
		return f.wrong(path, fmt.Sprint(value), "类型错误，应为整数")
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	switch {
	case err != nil:
		return f.wrong(path, number.String(), "类型错误，应为整数")
	case n < f.min:
		return f.wrong(path, number.String(), fmt.Sprintf("数值规则校验失败，值低于最小值 %d", f.min))
	case f.max > 0 && n > f.max:
		return f.wrong(path, number.String(), fmt.Sprintf("数值规则校验失败，值高于最大值 %d", f.max))
	}
	return nil
}

func (f field) checkList(path string, value any) *paramError {
	list, ok := value.([]any)
	if !ok {
		return f.wrong(path, "", "类型错误，应为数组")
	}
	if n := int64(len(list)); n < f.min || f.max > 0 && n > f.max {
		return f.wrong(path, itoa(n), fmt.Sprintf("数组规则校验失败，元素个数 %d，应在 %d 与 %d 之间", n, f.min, f.max))
	}
	for i, item := range list {
		if f.kind == "texts" {
			if text, ok := item.(string); !ok || f.enum != nil && !slices.Contains(f.enum, text) {
				return f.wrong(path, fmt.Sprint(item), "枚举规则校验失败")
			}
			continue
		}
		object, ok := item.(map[string]any)
		if !ok {
			return f.wrong(path, "", "类型错误，应为对象数组")
		}
		if e := checkObject(fmt.Sprintf("%s/%s/%d", path, f.name, i), f.sub, object); e != nil {
			return e
		}
	}
	return nil
}

func (f field) checkText(path string, value any) *paramError {
	text, ok := value.(string)
	if !ok {
		return f.wrong(path, fmt.Sprint(value), "类型错误，应为字符串")
	}
	if n := int64(len(text)); n < max(f.min, 1) && f.required {
		return f.wrong(path, text, fmt.Sprintf("字符串规则校验失败，字节数 %d，小于最小值 %d", n, max(f.min, 1)))
	} else if f.max > 0 && n > f.max {
		return f.wrong(path, text, fmt.Sprintf("字符串规则校验失败，字节数 %d，大于最大值 %d", n, f.max))
	}
	for _, r := range text {
		if r > 0xffff {
			return f.wrong(path, text, "字符串规则校验失败，含有4字节的UTF-8字符")
		}
	}
	switch {
	case f.form != nil && !f.form.MatchString(text):
		return f.wrong(path, text, "字符串规则校验失败，不符合格式要求")
	case f.enum != nil && !slices.Contains(f.enum, text):
		return f.wrong(path, text, "枚举规则校验失败")
	case f.kind == "time":
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return f.wrong(path, text, "格式错误，应为rfc3339格式的时间")
		}
	case f.kind == "url":
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return f.wrong(path, text, "格式错误，应为不带参数的外网URL")
		}
	}
	return nil
}
