package conformance

import (
	"strconv"
	"strings"

	"github.com/silenceper/wechat/v2/work/addresslist"
	"github.com/silenceper/wechat/v2/work/jsapi"
	"github.com/silenceper/wechat/v2/work/oauth"
)

const bookCalls = "qyapi.weixin.qq.com/cgi-bin/"

// changes is what changes the address book, who came to a page, and the ticket of an application. The SDK sends every member
// of its requests, also those that are empty.
func (c *company) changes() []trial {
	var all []trial
	for _, part := range [][]trial{c.members(), c.departments(), c.bookTags(), c.visitors()} {
		all = append(all, part...)
	}
	return all
}

// member is a new member, whole as the SDK sends one.
func (c *company) member() *addresslist.UserCreateRequest {
	id := c.number("m")
	return &addresslist.UserCreateRequest{UserID: id, Name: "小柏", Mobile: "139" + id[len(id)-8:], Department: []int{1}, Order: []int{1}, Gender: 2, Position: "店员",
		IsLeaderInDept: []int{1}, Enable: 1, MainDepartment: 1, ToInvite: true, DirectLeader: []string{"an"}}
}

func (c *company) hired() (string, error) {
	m := c.member()
	return m.UserID, fails(c.work.GetAddressList().UserCreate(m))
}

func (c *company) members() []trial {
	list := c.work.GetAddressList()
	with := func(f func(id string) error) func() error {
		return func() error {
			id, err := c.hired()
			if err != nil {
				return err
			}
			return f(id)
		}
	}
	openID := func() (string, error) { return list.ConvertToOpenID("an") }
	return []trial{
		{Call: bookCalls + "user/create", Code: "60102", Good: with(func(id string) error {
			r, err := list.UserGet(id)
			if err != nil {
				return err
			}
			return check(r.Name == "小柏" && r.Gender == "2" && r.Position == "店员" && len(r.IsLeaderInDept) == 1 && r.IsLeaderInDept[0] == 1 && r.Status == 4, "the member is %+v", r)
		}), Bad: func() error {
			m := c.member()
			m.UserID = "an"
			return fails(list.UserCreate(m))
		}},
		{Call: bookCalls + "user/update", Code: "60111", Good: with(func(id string) error {
			if err := list.UserUpdate(&addresslist.UserUpdateRequest{UserID: id, Name: "老柏", Position: "店长", Department: []int{1}}); err != nil {
				return err
			}
			r, err := list.UserGet(id)
			if err != nil {
				return err
			}
			return check(r.Name == "老柏" && r.Position == "店长", "the member is %+v", r)
		}), Bad: func() error { return list.UserUpdate(&addresslist.UserUpdateRequest{UserID: "nobody", Name: "谁"}) }},
		{Call: bookCalls + "user/list_id", Code: "40058", Good: func() error {
			r, err := list.UserListID(&addresslist.UserListIDRequest{Limit: 1})
			if err != nil {
				return err
			}
			return check(len(r.DeptUser) == 1 && r.DeptUser[0].UserID != "" && r.NextCursor != "", "the page is %+v", r)
		}, Bad: func() error {
			return fails(list.UserListID(&addresslist.UserListIDRequest{Cursor: "never-given", Limit: 1}))
		}},
		{Call: bookCalls + "user/delete", Code: "60111", Good: with(func(id string) error { return fails(list.UserDelete(id)) }), Bad: func() error { return fails(list.UserDelete("nobody")) }},
		{Call: bookCalls + "user/convert_to_openid", Code: "60111", Good: func() error { return fails(openID()) }, Bad: func() error { return fails(list.ConvertToOpenID("nobody")) }},
		{Call: bookCalls + "user/convert_to_userid", Code: "40073", Good: func() error {
			id, err := openID()
			if err != nil {
				return err
			}
			back, err := list.ConvertToUserID(id)
			if err != nil {
				return err
			}
			return check(back == "an", "%s is of %s", id, back)
		}, Bad: func() error { return fails(list.ConvertToUserID("onobody")) }},
	}
}

func (c *company) departments() []trial {
	list := c.work.GetAddressList()
	with := func(f func(id int) error) func() error {
		return func() error {
			made, err := list.DepartmentCreate(&addresslist.DepartmentCreateRequest{Name: "门店" + c.number("d"), ParentID: 1})
			if err != nil {
				return err
			}
			return f(made.ID)
		}
	}
	return []trial{
		{Call: bookCalls + "department/create", Code: "60004", Good: with(func(id int) error { return check(id > 1, "the id is %d", id) }), Bad: func() error {
			return fails(list.DepartmentCreate(&addresslist.DepartmentCreateRequest{Name: "无根", ParentID: 99}))
		}},
		{Call: bookCalls + "department/update", Code: "60003", Good: with(func(id int) error {
			name := "分店" + strconv.Itoa(id)
			if err := list.DepartmentUpdate(&addresslist.DepartmentUpdateRequest{ID: id, Name: name}); err != nil {
				return err
			}
			d, err := list.DepartmentGet(id)
			if err != nil {
				return err
			}
			return check(d.Name == name && d.ParentID == 1, "the department is %+v", d)
		}), Bad: func() error {
			return list.DepartmentUpdate(&addresslist.DepartmentUpdateRequest{ID: 99, Name: "无"})
		}},
		{Call: bookCalls + "department/simplelist", Code: "60003", Good: with(func(id int) error {
			r, err := list.DepartmentSimpleList(id)
			if err != nil {
				return err
			}
			return check(len(r) == 1 && r[0].ID == id && r[0].ParentID == 1, "the departments are %v", r)
		}), Bad: func() error { return fails(list.DepartmentSimpleList(99)) }},
		{Call: bookCalls + "department/delete", Code: "60007", Good: with(list.DepartmentDelete), Bad: func() error { return list.DepartmentDelete(1) }},
	}
}

func (c *company) bookTags() []trial {
	list := c.work.GetAddressList()
	with := func(f func(id int) error) func() error {
		return func() error {
			made, err := list.CreateTag(&addresslist.CreateTagRequest{TagName: "岗位" + c.number("t")})
			if err != nil {
				return err
			}
			return f(made.TagID)
		}
	}
	return []trial{
		{Call: bookCalls + "tag/create", Code: "40072", Good: with(func(id int) error { return check(id > 0, "the id is %d", id) }), Bad: func() error {
			return fails(list.CreateTag(&addresslist.CreateTagRequest{TagName: strings.Repeat("长", 33)}))
		}},
		{Call: bookCalls + "tag/update", Code: "40068", Good: with(func(id int) error {
			return list.UpdateTag(&addresslist.UpdateTagRequest{TagID: id, TagName: "改名" + strconv.Itoa(id)})
		}), Bad: func() error { return list.UpdateTag(&addresslist.UpdateTagRequest{TagID: 99999, TagName: "无"}) }},
		{Call: bookCalls + "tag/delete", Code: "40068", Good: with(list.DeleteTag), Bad: func() error { return list.DeleteTag(99999) }},
		{Call: bookCalls + "tag/addtagusers", Code: "40068", Good: with(func(id int) error {
			if err := fails(list.AddTagUsers(&addresslist.AddTagUsersRequest{TagID: id, UserList: []string{"an"}})); err != nil {
				return err
			}
			r, err := list.GetTag(id)
			if err != nil {
				return err
			}
			return check(len(r.UserList) == 1 && r.UserList[0].UserID == "an", "the tag is %+v", r)
		}), Bad: func() error {
			return fails(list.AddTagUsers(&addresslist.AddTagUsersRequest{TagID: 99999, UserList: []string{"an"}}))
		}},
		{Call: bookCalls + "tag/get", Code: "40068", Good: with(func(id int) error { return fails(list.GetTag(id)) }), Bad: func() error { return fails(list.GetTag(99999)) }},
		{Call: bookCalls + "tag/deltagusers", Code: "40068", Good: with(func(id int) error {
			return fails(list.DelTagUsers(&addresslist.DelTagUsersRequest{TagID: id, UserList: []string{"an"}}))
		}), Bad: func() error {
			return fails(list.DelTagUsers(&addresslist.DelTagUsersRequest{TagID: 99999, UserList: []string{"an"}}))
		}},
	}
}

// visitors: the SDK makes the address of the authorisation page, a phone opens it, the SDK asks who came.
func (c *company) visitors() []trial {
	auth := c.work.GetOauth()
	came := func(private bool) (string, error) {
		page := auth.GetTargetURL(c.Dev + "/back")
		if private {
			page = auth.GetTargetPrivateURL(c.Dev+"/back", "1000002")
		}
		return c.opened(c.Zhou, page)
	}
	return []trial{
		{Call: bookCalls + "user/getuserinfo", Code: "40029", Good: func() error {
			code, err := came(false)
			if err != nil {
				return err
			}
			r, err := auth.UserFromCode(code)
			if err != nil {
				return err
			}
			return check(r.UserID == "an", "who came is %+v", r)
		}, Bad: func() error { return fails(auth.UserFromCode("never")) }},
		{Call: bookCalls + "auth/getuserinfo", Code: "40029", Good: func() error {
			code, err := came(false)
			if err != nil {
				return err
			}
			r, err := auth.GetUserInfo(code)
			if err != nil {
				return err
			}
			return check(r.UserID == "an" && r.OpenID == "", "who came is %+v", r)
		}, Bad: func() error { return fails(auth.GetUserInfo("never")) }},
		{Call: bookCalls + "auth/getuserdetail", Code: "40094", Good: func() error {
			code, err := came(true)
			if err != nil {
				return err
			}
			who, err := auth.GetUserInfo(code)
			if err != nil {
				return err
			}
			r, err := auth.GetUserDetail(&oauth.GetUserDetailRequest{UserTicket: who.UserTicket})
			if err != nil {
				return err
			}
			return check(r.UserID == "an" && r.Avatar != "", "the detail is %+v", r)
		}, Bad: func() error { return fails(auth.GetUserDetail(&oauth.GetUserDetailRequest{UserTicket: "never"})) }},
		{Call: bookCalls + "ticket/get", Code: "40014", Good: func() error { return agentConfig(c.work.JsSdk()) }, Bad: func() error { return agentConfig(c.stale.JsSdk()) }},
	}
}

func agentConfig(js *jsapi.Js) error { return fails(js.GetAgentConfig("http://127.0.0.1/")) }
