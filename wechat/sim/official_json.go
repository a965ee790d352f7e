package sim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// Pushes and answers as JSON, for accounts that chose that format (消息推送, 数据格式 JSON).

// pushJSON writes the fields of a push as JSON, in their order.
func pushJSON(fields []xmlField) ([]byte, error) {
	members := make([]member, 0, len(fields))
	for _, f := range fields {
		value, err := jsonOf(f)
		if err != nil {
			return nil, fmt.Errorf("%s as JSON: %w", f.name, err)
		}
		if inner, ok := value.([]member); ok && strings.HasPrefix(f.name, "SubscribeMsg") {
			members = append(members, inner...) // these lists stand at the top in JSON
			continue
		}
		members = append(members, member{f.name, value})
	}
	return encodeMembers(members)
}

// member is one name and value of an object whose order is kept.
type member struct {
	name  string
	value any // string, json.Number, []member or []any
}

func jsonOf(f xmlField) (any, error) {
	if numeric(f) {
		return json.Number(f.value), nil
	}
	raw, nested := strings.CutPrefix(f.value, rawMark)
	if !nested && (!strings.HasPrefix(f.value, "<") || !rawElements[f.name]) {
		return f.value, nil
	}
	dec := xml.NewDecoder(strings.NewReader("<x>" + raw + "</x>"))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	return elements(dec, 0)
}

const maxDepth = 8

// elements reads the children up to the end of the open element: text, or members; a repeated name becomes a list.
func elements(dec *xml.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	var text strings.Builder
	var members []member
	for {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if members == nil {
				return text.String(), nil
			}
			return members, nil
		case xml.StartElement:
			value, err := elements(dec, depth+1)
			if err != nil {
				return nil, err
			}
			members = addMember(members, t.Name.Local, value)
		}
	}
}

func addMember(members []member, name string, value any) []member {
	for i := range members {
		if members[i].name != name {
			continue
		}
		if list, ok := members[i].value.([]any); ok {
			members[i].value = append(list, value)
		} else {
			members[i].value = []any{members[i].value, value}
		}
		return members
	}
	return append(members, member{name, value})
}

func encodeMembers(members []member) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := encode(m.name)
		if err != nil {
			return nil, err
		}
		value, err := encodeValue(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func encodeValue(v any) ([]byte, error) {
	switch v := v.(type) {
	case []member:
		return encodeMembers(v)
	case []any:
		parts := make([][]byte, len(v))
		for i, item := range v {
			raw, err := encodeValue(item)
			if err != nil {
				return nil, err
			}
			parts[i] = raw
		}
		return append(append([]byte("["), bytes.Join(parts, []byte(","))...), ']'), nil
	}
	return encode(v)
}

// replyFromJSON turns a developer's JSON answer into the XML that parseReply reads.
func replyFromJSON(body []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the JSON answer")
	}
	var b strings.Builder
	b.WriteString("<xml>")
	if err := writeXML(&b, v, 0); err != nil {
		return nil, err
	}
	b.WriteString("</xml>")
	return []byte(b.String()), nil
}

func writeXML(b *strings.Builder, v map[string]any, depth int) error {
	if depth > maxDepth {
		return errors.New("the answer is nested too deeply")
	}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" || name == "" || name[0] <= '9' {
			return fmt.Errorf("the answer has a member %s that no reply has", strconv.Quote(name))
		}
		values, list := v[name].([]any)
		if !list {
			values = []any{v[name]}
		}
		for _, value := range values {
			b.WriteString("<" + name + ">")
			switch value := value.(type) {
			case map[string]any:
				if err := writeXML(b, value, depth+1); err != nil {
					return err
				}
			case nil:
			default:
				b.WriteString(escapeXML(fmt.Sprint(value)))
			}
			b.WriteString("</" + name + ">")
		}
	}
	return nil
}

// rawMark begins the value of a field that holds elements instead of text.
const rawMark = "\x00"

// nested makes the value of a field out of further fields.
func nested(fields ...xmlField) string {
	var b bytes.Buffer
	for _, f := range fields {
		writeElement(&b, f)
	}
	return rawMark + b.String()
}
