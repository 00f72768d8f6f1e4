web02.example.com  hosts.ini:6:1
groups: prod, web

connection
  by  ssh  default
  address  web02.example.com  default
  port  2222  hosts.ini:6:1  ansible_port
  user  audit  hosts.ini:41:16  ansible_user
  key  ssh_config's, the agent's, ssh's defaults  default
  old algorithms  no  default
  become  no  default

variables
  commented  5  hosts.ini:28:13
  dict  {"k":[1,2.5,null,true,-3],"nested":{"a":[]}}  hosts.ini:31:8
  empty  ""  hosts.ini:40:8
  equals  "a=b"  hosts.ini:39:10
  hex  31  hosts.ini:34:5
  http_port  8080  hosts.ini:7:29
  int  5  hosts.ini:27:7
  literal  "its one"  hosts.ini:32:10
  none  null  hosts.ini:37:8
  note  "two words"  hosts.ini:6:48
  octal  "010"  hosts.ini:33:9
  quoted  "two words"  hosts.ini:30:9
  role  "prod"  hosts.ini:45:6
  template  "{{ lookup('pipe', 'id') }}"  hosts.ini:38:12
  text  "five # and after a text it is"  hosts.ini:29:8
  true  true  hosts.ini:36:6
  yes  "yes"  hosts.ini:35:7
